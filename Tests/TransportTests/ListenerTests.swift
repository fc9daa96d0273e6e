import Foundation
import TestSupport
import Testing

@testable import Transport

struct ListenerTests {
    @Test("a port that is taken is a clear error", arguments: TestLoops.pollers)
    func portTaken(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let error = await #expect(throws: SystemError.self) {
            try await server.loop.run { loop in
                _ = try Listener(on: .loopback(port: server.port), loop: loop) { incoming, _ in incoming.refuse() }
            }
        }
        #expect(error?.code == EADDRINUSE && error?.operation == "bind")
    }

    @Test("a refused connection is closed, and a closed listener takes no more", arguments: TestLoops.pollers)
    func refuseAndClose(poller: EventLoopGroup.PollerKind) async throws {
        let loop = TestLoops.next(poller)
        let listener = try await loop.run { loop in
            LoopBound(try Listener(on: .loopback(port: 0), loop: loop) { incoming, _ in incoming.refuse() }, on: loop)
        }
        let port = await loop.run { loop in listener.open(on: loop).localAddress.port }
        let peer = try RawSocket.connect(to: port)
        #expect(try await peer.receiveToEnd() == [])
        peer.close()
        await loop.run { loop in listener.open(on: loop).close(on: loop) }
        #expect(throws: TestFailure.self) { try RawSocket.connect(to: port) }
    }

    @Test("an accepted connection can be opened on another loop", arguments: TestLoops.pollers)
    func openedElsewhere(poller: EventLoopGroup.PollerKind) async throws {
        let loops = TestLoops.group(poller).loops
        let (recorder, other) = (Recorder<ConnectionEvent>(), loops[1])
        let port = try await loops[0].run { loop in
            try Listener(on: .loopback(port: 0), loop: loop) { incoming, _ in
                other.submit { loop in _ = try? incoming.open(handler: RecordingHandler(recorder), on: loop) }
            }.localAddress.port
        }
        let peer = try RawSocket.connect(to: port)
        try await peer.sendAll([7])
        try await recorder.wait("the byte") { $0.bytes == [7] }
        peer.close()
    }

    @Test("without descriptors the listener rests, burns nothing, and takes all once there are some")
    func descriptorShortage() async {
        // In a process of its own: the shortage would hit every other test.
        let child = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            for poller in TestLoops.pollers { try await Shortage.run(poller) }
        }
        let words = String(decoding: child?.standardErrorContent ?? [], as: UTF8.self)
        #expect(words.contains("descriptors have run out"))
    }

    @Test("an event for a closed connection doesn't reach the one that got its number", arguments: TestLoops.pollers)
    func reusedDescriptor(poller: EventLoopGroup.PollerKind) async throws {
        // A listener that never accepts: whatever its client is told before it has sent, it is told wrongly.
        let (target, targetPort) = try RawSocket.listener(backlog: 8)
        let successor = Recorder<ConnectionEvent>()
        let server = try await TestServer(on: TestLoops.next(poller))
        let peers = [try await server.rawPeer(), try await server.rawPeer()]
        await server.onCore { core, loop in
            let box = LoopBound(core, on: loop)
            for (index, handler) in core.handlers.enumerated() {
                // The first one told closes the other, whose event waits in the same batch, and connects anew: the new
                // connection gets the lowest free descriptor and the last free slot, which are the other's.
                handler.reaction = { _, _, loop in
                    let core = box.open(on: loop)
                    core.connections[1 - index].close(on: loop)
                    let made = try? TCPConnection(
                        connectingTo: .loopback(port: targetPort), timeout: .seconds(10),
                        handler: RecordingHandler(successor), on: loop)
                    if let made { core.connections.append(made) }
                    loop.atEndOfTick(Mark(successor))
                }
            }
            // While the loop is busy here, both become ready: the next batch has both.
            for peer in peers { peer.sendSome([1]) }
        }
        try await successor.wait("connected") { $0.contains(.opened) }
        #expect(successor.events == [.mark("end of the tick"), .opened])
        #expect(server.recorder.events.count { $0 == .received([1]) } == 1)
        #expect(server.recorder.events.count { $0 == .closed(.closed) } == 1)
        for socket in peers + [target] { socket.close() }
    }
}

private final class Mark: TickHandler {
    private let recorder: Recorder<ConnectionEvent>
    init(_ recorder: Recorder<ConnectionEvent>) { self.recorder = recorder }
    func tickEnds(on loop: isolated EventLoop) { recorder.record(.mark("end of the tick")) }
}

/// What the process without descriptors does.
private enum Shortage {
    static func run(_ poller: EventLoopGroup.PollerKind) async throws {
        var limit = rlimit(rlim_cur: 1024, rlim_max: 1024)
        #if os(Linux)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            setrlimit(RLIMIT_NOFILE, &limit)
        #endif
        let group = try EventLoopGroup(count: 1, poller: poller)
        let server = try await TestServer(on: group.next())
        let peers = try (0..<20).map { _ in try RawSocket.make() }
        // The runtime traps when it needs a timer and finds no descriptor for it: let it have one all the time.
        let pending = Task { try await Task.sleep(for: .seconds(600)) }
        defer { pending.cancel() }
        try await Task.sleep(for: .milliseconds(1))
        var fillers: [Int32] = []
        while true {
            let filler = dup(0)
            if filler < 0 { break }
            fillers.append(filler)
        }
        for peer in peers { try peer.connect(to: server.port) }
        try await eventually("the listener rests") { try await shortages(server) > 0 }
        let before = try await shortages(server)
        let start = ContinuousClock.now
        let cost = try await loopTime(server.loop, during: .milliseconds(500))
        let rests = try await shortages(server) - before
        // Without a descriptor for its timer the runtime sleeps longer than it is asked to.
        let time = start.duration(to: .now)
        try expect(cost < time / 5, "it burnt \(cost) in \(time)")
        try expect(rests <= Int(time / .milliseconds(100)) + 1, "it tried \(rests) times in \(time)")
        for filler in fillers { close(filler) }
        try await server.accepts(20)
        for peer in peers { peer.close() }
        await group.shutDown()
    }

    private static func shortages(_ server: TestServer) async throws -> Int {
        await server.onCore { core, _ in core.listener?.shortageCount ?? 0 }
    }

    private static func expect(_ condition: Bool, _ words: String) throws {
        if !condition { throw TestFailure(words) }
    }
}

/// The processor time that the loop's thread takes while some time passes.
func loopTime(_ loop: EventLoop, during time: Duration) async throws -> Duration {
    func spent(_ loop: isolated EventLoop) -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let before = await spent(loop)
    try await Task.sleep(for: time)
    return await spent(loop) - before
}
