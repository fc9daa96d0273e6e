import Foundation
import TestSupport
import Testing

@testable import Transport

struct EventLoopTests {
    @Test("what one thread submits runs in its order", arguments: TestLoops.pollers)
    func submitOrder(poller: EventLoopGroup.PollerKind) async throws {
        let recorder = Recorder<Int>()
        let loop = TestLoops.next(poller)
        for number in 0..<1000 { loop.submit { _ in recorder.record(number) } }
        try await recorder.wait("all of it") { $0.count == 1000 }
        #expect(recorder.events == Array(0..<1000))
    }

    @Test("what is submitted on the loop runs in a later turn", arguments: TestLoops.pollers)
    func submitFromTheLoop(poller: EventLoopGroup.PollerKind) async throws {
        let recorder = Recorder<String>()
        await TestLoops.next(poller).run { loop in
            loop.submit { _ in recorder.record("later") }
            recorder.record("now")
        }
        try await recorder.wait("both") { $0 == ["now", "later"] }
    }

    @Test("tasks hop onto the loop's thread, and assumeIsolated agrees", arguments: TestLoops.pollers)
    func isolation(poller: EventLoopGroup.PollerKind) async {
        let loop = TestLoops.next(poller)
        #expect(!loop.isCurrent)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await loop.run { inner in
                        #expect(inner.isCurrent)
                        Self.pretend(on: loop)
                    }
                }
            }
        }
        #expect(!loop.isCurrent)
    }

    private static func pretend(on loop: EventLoop) {
        loop.assumeIsolated { #expect($0 === loop) }
        loop.preconditionIsolated()
    }

    @Test("code that isn't on the loop can't pretend to be")
    func wrongThread() async {
        await #expect(processExitsWith: .failure) {
            Self.pretend(on: TestLoops.next())
        }
    }

    @Test("a box opens on its own loop and on no other")
    func boxOfAnotherLoop() async {
        let loops = TestLoops.group().loops
        let box = await loops[0].run { loop in LoopBound(17, on: loop) }
        #expect(await loops[0].run { loop in box.open(on: loop) } == 17)
        await #expect(processExitsWith: .failure) {
            let loops = TestLoops.group().loops
            let box = await loops[0].run { loop in LoopBound(17, on: loop) }
            _ = await loops[1].run { loop in box.open(on: loop) }
        }
    }

    // MARK: Timers and ticks

    private final class Recording: TimerHandler, TickHandler {
        let recorder: Recorder<String>
        let name: String
        var repeats = 0

        init(_ name: String, _ recorder: Recorder<String>) { (self.name, self.recorder) = (name, recorder) }

        func timerFired(on loop: isolated EventLoop) { recorder.record(name) }

        func tickEnds(on loop: isolated EventLoop) {
            recorder.record(name)
            if repeats == 0 { return }
            repeats -= 1
            loop.atEndOfTick(self)
        }
    }

    @Test("timers fire in order, never early; a cancelled one does not", arguments: TestLoops.pollers)
    func timers(poller: EventLoopGroup.PollerKind) async throws {
        let recorder = Recorder<String>()
        let start = ContinuousClock.now
        await TestLoops.next(poller).run { loop in
            _ = loop.schedule(Recording("third", recorder), after: .milliseconds(60))
            _ = loop.schedule(Recording("first", recorder), after: .milliseconds(20))
            let cancelled = loop.schedule(Recording("cancelled", recorder), after: .milliseconds(30))
            _ = loop.schedule(Recording("second", recorder), at: loop.now.advanced(by: .milliseconds(40)))
            loop.cancel(cancelled)
        }
        try await recorder.wait("the last") { $0.contains("third") }
        #expect(recorder.events == ["first", "second", "third"])
        #expect(start.duration(to: .now) >= .milliseconds(59))
    }

    private final class Restless: TimerHandler {
        var isOver = false
        func timerFired(on loop: isolated EventLoop) {
            if !isOver { _ = loop.schedule(self, after: .zero) }
        }
    }

    @Test("a timer that sets itself again for now doesn't keep the loop from its work", arguments: TestLoops.pollers)
    func restlessTimer(poller: EventLoopGroup.PollerKind) async throws {
        // A group of its own: should this fail, the loop is lost.
        let group = try EventLoopGroup(count: 1, poller: poller)
        let loop = group.next()
        let timer = await loop.run { loop in
            let timer = Restless()
            _ = loop.schedule(timer, after: .zero)
            return LoopBound(timer, on: loop)
        }
        try await within(.seconds(5), "the loop does other work") {
            await loop.run { loop in timer.open(on: loop).isOver = true }
        }
        await group.shutDown()
    }

    @Test("hooks run at the end of the tick, those they add as well", arguments: TestLoops.pollers)
    func tickHooks(poller: EventLoopGroup.PollerKind) async throws {
        let recorder = Recorder<String>()
        await TestLoops.next(poller).run { loop in
            let hook = Recording("end", recorder)
            // More often than one tick allows: the rest is for the next one.
            hook.repeats = 9
            loop.atEndOfTick(hook)
            recorder.record("tick")
        }
        try await recorder.wait("all hooks") { $0.count == 11 }
        #expect(recorder.events == ["tick"] + Array(repeating: "end", count: 10))
    }

    // MARK: Signals

    @Test("signals that rain on the loop's thread disturb nothing", arguments: TestLoops.pollers)
    func signals(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 1, poller: poller)
        let server = try await TestServer(on: group.next()) { connection, bytes, loop in
            connection.send(SharedBytes(bytes), on: loop)
        }
        let thread = await server.loop.run { _ in
            // No SA_RESTART: every call that waits is interrupted.
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in }
            sigaction(SIGUSR1, &action, nil)
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGUSR1)
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            return pthread_self()
        }
        let drops = Guarded<Int?>(0)
        Thread.detachNewThread {
            while drops.withLock({ $0.map { _ in pthread_kill(thread, SIGUSR1) } }) != nil {
                drops.withLock { $0? += 1 }
                usleep(100)
            }
        }
        let peer = try await server.rawPeer()
        for round in 1...100 {
            try await peer.sendAll(pattern(round * 300))
            #expect(try await peer.receive(round * 300) == pattern(round * 300))
        }
        let fallen = drops.withLock { $0.take() }
        #expect(fallen ?? 0 > 10)
        peer.close()
        #expect(try await server.closeReason() == .endOfInput)
        await group.shutDown()
    }

    // MARK: The end

    @Test("jobs left at shutdown run, and later awaits still finish", arguments: TestLoops.pollers)
    func shutdown(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 2, poller: poller)
        let loop = group.loops[1]
        let recorder = Recorder<Int>()
        let tasks = (0..<50).map { number in
            Task {
                for _ in 0..<20 { await loop.run { _ in recorder.record(number) } }
            }
        }
        try await within(.seconds(10), "shutdown") { await group.shutDown() }
        try await within(.seconds(10), "the tasks end") { for task in tasks { await task.value } }
        #expect(recorder.events.count == 1000)
        let value = try await within(.seconds(10), "an await after the end") {
            await loop.run { loop in loop.isCurrent }
        }
        #expect(value)
    }

    @Test("after the end nothing can be opened any more, and nothing breaks", arguments: TestLoops.pollers)
    func openAfterShutdown(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 1, poller: poller)
        let loop = group.next()
        await group.shutDown()
        await #expect(throws: SystemError.self) {
            try await loop.run { loop in
                _ = try Listener(on: .loopback(port: 0), loop: loop) { incoming, _ in incoming.refuse() }
            }
        }
    }

    @Test("ending a group twice writes into nobody's descriptor", arguments: TestLoops.pollers)
    func shutdownTwice(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 1, poller: poller)
        await group.shutDown()
        // These get the numbers that the group's own had.
        let pipes = (0..<40).map { _ in Pipe() }
        for pipe in pipes { _ = fcntl(pipe.fileHandleForReading.fileDescriptor, F_SETFL, O_NONBLOCK) }
        await group.shutDown()
        group.next().submit { _ in }
        for pipe in pipes {
            var byte: UInt8 = 0
            #expect(read(pipe.fileHandleForReading.fileDescriptor, &byte, 1) == -1)
        }
    }
}
