import TestSupport
import Testing

@testable import Transport

struct ConnectionTests {
    @Test("many connections get their own bytes back, in order", arguments: TestLoops.pollers)
    func echo(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller)) { connection, bytes, loop in
            connection.send(SharedBytes(bytes), on: loop)
        }
        let loop = TestLoops.next(poller)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<20 {
                group.addTask { try await Self.converse(client, with: server.port, on: loop) }
            }
            try await group.waitForAll()
        }
        #expect(server.recorder.events.count >= 20)
    }

    /// One of our own connections sends numbered lines in many ticks, and gets exactly those.
    private static func converse(_ client: Int, with port: UInt16, on loop: EventLoop) async throws {
        let recorder = Recorder<ConnectionEvent>()
        let connection = try await loop.run { loop in
            let handler = RecordingHandler(recorder)
            return LoopBound(
                try TCPConnection(
                    connectingTo: .loopback(port: port), timeout: .seconds(10), handler: handler, on: loop),
                on: loop)
        }
        var expected: [UInt8] = []
        for line in 0..<50 {
            let text = Array("client \(client) line \(line)\n".utf8)
            expected += text
            await loop.run { loop in _ = connection.open(on: loop).send(SharedBytes(text), on: loop) }
        }
        let all = expected
        try await recorder.wait("the echo") { $0.bytes.count >= all.count }
        #expect(recorder.events.bytes == all && recorder.events.first == .opened)
        await loop.run { loop in connection.open(on: loop).close(on: loop) }
        #expect(recorder.events.last == .closed(.closed))
    }

    @Test("a slow reader gets a big transfer whole, and its drain is told once", arguments: TestLoops.pollers)
    func slowReader(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: 16_000_000)
        let peer = try await server.rawPeer(receiveBuffer: 4096)
        defer { peer.close() }
        let pieces = Array(repeating: pattern(100_000), count: 60)
        try await server.onConnection { connection, loop in
            for piece in pieces { #expect(connection.send(SharedBytes(piece), on: loop) == .queued) }
            connection.awaitDrain(on: loop)
        }
        await server.loop.turns()
        #expect(try await server.onConnection { connection, _ in connection.queuedByteCount } > 0)
        #expect(server.recorder.events.isEmpty)
        let received = try await peer.receive(6_000_000)
        #expect(received == pieces.flatMap(\.self))
        try await server.recorder.wait("the drain") { $0.contains(.drained) }
        #expect(server.recorder.events == [.drained])
    }

    @Test("the drain of a connection with nothing to write is told as well", arguments: TestLoops.pollers)
    func drainOfNothing(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        defer { peer.close() }
        try await server.onConnection { connection, loop in connection.awaitDrain(on: loop) }
        try await server.recorder.wait("the drain") { $0 == [.drained] }
    }

    #if os(Linux)
        @Test("what is sent in one tick leaves in one write", arguments: TestLoops.pollers)
        func oneWritePerTick(poller: EventLoopGroup.PollerKind) async throws {
            let server = try await TestServer(on: TestLoops.next(poller))
            let peer = try await server.rawPeer()
            defer { peer.close() }
            for tick in 1...3 {
                try await server.onConnection { connection, loop in
                    for _ in 0..<Outbox.slicesPerWrite { connection.send(SharedBytes([1, 2, 3]), on: loop) }
                }
                #expect(try await peer.receive(3 * Outbox.slicesPerWrite).count == 192)
                // Without delay (TCP_NODELAY) every write makes a segment of its own.
                #expect(peer.dataSegmentsReceived == UInt32(tick))
            }
        }
    #endif

    @Test("a send over the budget is refused whole, and taken once there is room", arguments: TestLoops.pollers)
    func budget(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: 1000)
        let peer = try await server.rawPeer()
        defer { peer.close() }
        let outcomes = try await server.onConnection { connection, loop in
            [999, 2, 1, 1].map { connection.send(SharedBytes(pattern($0)), on: loop) }
        }
        #expect(outcomes == [.queued, .overBudget, .queued, .overBudget])
        #expect(try await peer.receive(1000) == pattern(999) + pattern(1))
        #expect(try await server.onConnection { $0.send(SharedBytes(pattern(1000)), on: $1) } == .queued)
        #expect(try await peer.receive(1000) == pattern(1000))
    }

    @Test("dropping what waits never tears a piece that is half written", arguments: TestLoops.pollers)
    func dropQueued(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller), budget: .max)
        let peer = try await server.rawPeer(receiveBuffer: 4096)
        defer { peer.close() }
        let big = pattern(6_000_000)
        try await server.onConnection { connection, loop in
            connection.send(SharedBytes(big), on: loop)
            connection.send(SharedBytes("never".utf8), on: loop)
        }
        await server.loop.turns()
        try await server.onConnection { connection, loop in
            connection.dropQueued()
            connection.send(SharedBytes("bye".utf8), on: loop)
        }
        #expect(try await peer.receive(big.count + 3) == big + Array("bye".utf8))
    }

    @Test("paused input waits in the system, and comes when it is resumed", arguments: TestLoops.pollers)
    func pausedInput(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        defer { peer.close() }
        try await server.onConnection { connection, loop in
            connection.pauseInput(on: loop)
            connection.pauseInput(on: loop)
        }
        peer.sendSome(Array("patience".utf8)[...])
        await server.loop.turns()
        #expect(server.recorder.events.isEmpty)
        // Output goes on meanwhile.
        try await server.onConnection { connection, loop in _ = connection.send(SharedBytes("out".utf8), on: loop) }
        #expect(try await peer.receive(3) == Array("out".utf8))
        await server.loop.turns()
        #expect(server.recorder.events.isEmpty)
        try await server.onConnection { connection, loop in connection.resumeInput(on: loop) }
        try await server.recorder.wait("the input") { $0.bytes == Array("patience".utf8) }
    }

    @Test("a hang-up while input is paused ends the connection instead of spinning", arguments: TestLoops.pollers)
    func hangUpWhilePaused(poller: EventLoopGroup.PollerKind) async throws {
        let server = try await TestServer(on: TestLoops.next(poller))
        let peer = try await server.rawPeer()
        try await server.onConnection { connection, loop in connection.pauseInput(on: loop) }
        peer.reset()
        guard case .failed = try await server.closeReason() else {
            Issue.record("\(server.recorder.events)")
            return
        }
    }

    @Test("an orderly end while input is paused waits for the reader, and burns nothing", arguments: TestLoops.pollers)
    func endWhilePaused(poller: EventLoopGroup.PollerKind) async throws {
        let group = try EventLoopGroup(count: 1, poller: poller)
        let server = try await TestServer(on: group.next())
        let peer = try await server.rawPeer()
        try await server.onConnection { connection, loop in connection.pauseInput(on: loop) }
        peer.sendSome(Array("last words".utf8)[...])
        peer.close()
        // A spinning loop would take far more turns than it is given jobs.
        let cost = try await loopTime(server.loop, during: .milliseconds(200))
        #expect(cost < .milliseconds(100))
        #expect(server.recorder.events.isEmpty)
        try await server.onConnection { connection, loop in connection.resumeInput(on: loop) }
        #expect(try await server.closeReason() == .endOfInput)
        #expect(server.recorder.events.bytes == Array("last words".utf8))
        await group.shutDown()
    }

    @Test("another handler takes over from the next event on", arguments: TestLoops.pollers)
    func handover(poller: EventLoopGroup.PollerKind) async throws {
        let second = Recorder<ConnectionEvent>()
        let server = try await TestServer(on: TestLoops.next(poller)) { connection, bytes, loop in
            connection.setHandler(RecordingHandler(second))
        }
        let peer = try await server.rawPeer()
        peer.sendSome([1])
        try await server.recorder.wait("the first") { $0.bytes == [1] }
        peer.sendSome([2])
        peer.close()
        try await second.wait("the rest") { $0 == [.received([2]), .closed(.endOfInput)] }
        #expect(server.recorder.events == [.received([1])])
    }
}
