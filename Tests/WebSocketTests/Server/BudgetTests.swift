import TestSupport
import Testing
import Transport
import WebSocket

/// Peers that don't read: bounded memory, and nobody else is the worse for it.
@Suite(.timeLimit(.minutes(2)))
struct BudgetTests {
    private static func small(budget: Int = 262_144, closeTimeout: Duration = .seconds(10)) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = budget
        configuration.closeTimeout = closeTimeout
        return configuration
    }

    private static var listeners: TestHandler {
        TestHandler(onOpened: { session, _, loop in
            session.neighbours.topics.subscribe(session, to: "news", on: loop)
        })
    }

    @Test(
        "a client that never reads is closed with 1013 at its budget, while the others get every message",
        arguments: TestLoops.pollers)
    func slowConsumer(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.run(
            Self.small(closeTimeout: .milliseconds(500)), Self.listeners, on: TestLoops.group(poller)
        ) { server in
            let slow = try await server.upgradedPeer(receiveBuffer: 4_096)
            await slow.pauseReading()
            let id = try await server.sessions(1)[0]
            let reader = try await server.client()
            try await server.sessions(2)
            let frame = SharedFrame(.binary([UInt8](repeating: 1, count: 10_000)))
            var published = 0
            // Until its buffers, the system's and ours, are full; each message has reached the reader by then.
            while !server.recorder.events.contains(where: { $0.ending != nil }) {
                server.server.publish(frame, to: "news")
                published += 1
                _ = try await reader.receive()
                let waiting = await server.onLoop(id.loop) { context, _ in context.session(id)?.queuedByteCount ?? 0 }
                #expect(waiting <= 262_144)
                guard published < 10_000 else { throw TestFailure("the slow client was never closed") }
            }
            let ending = try await server.ending()
            #expect(ending.code == .tryAgainLater && !ending.wasClean && !ending.wasPeers)
            await reader.send("still here")
            #expect(try await reader.receive() == .text("still here"))
        }
    }

    @Test("a client over its budget that begins to read again learns why it was closed")
    func lateReader() async throws {
        let closing = TestHandler(onReceived: { _, session, loop in
            while session.isOpen { session.send(.binary([UInt8](repeating: 1, count: 10_000)), on: loop) }
        })
        try await TestServer.run(Self.small(), closing) { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.text("go"))
            let frames = try await peer.receiveFrames("a Close") { $0.last?.opcode == .close }
            #expect(frames.last?.closeCode == .tryAgainLater)
            #expect(frames.dropLast().allSatisfy { $0.payload.count == 10_000 })
        }
    }

    @Test("a half written message is finished before the Close of a client over its budget")
    func noTornMessage() async throws {
        try await TestServer.run(Self.small(), Self.listeners) { server in
            let peer = try await server.upgradedPeer(receiveBuffer: 4_096)
            await peer.pauseReading()
            let id = try await server.sessions(1)[0]
            let frame = SharedFrame(.binary([UInt8](repeating: 1, count: 100_000)))
            try await eventually("the budget is used up") {
                server.server.publish(frame, to: "news")
                return await server.onLoop(id.loop) { context, _ in context.session(id)?.isOpen != true }
            }
            await peer.resumeReading()
            let frames = try await peer.receiveFrames("a Close") { $0.last?.opcode == .close }
            #expect(frames.last?.closeCode == .tryAgainLater)
            #expect(frames.dropLast().allSatisfy { $0.payload.count == 100_000 })
        }
    }

    @Test("a flood of pings whose pongs are never read ends at the budget")
    func pingFlood() async throws {
        try await TestServer.run(Self.small(budget: 16_384, closeTimeout: .milliseconds(500))) { server in
            let peer = try await server.upgradedPeer(receiveBuffer: 4_096)
            await peer.pauseReading()
            let flood = [UInt8]((0..<500).map { _ in Client.ping([UInt8](repeating: 7, count: 125)) }.joined())
            var sent = 0
            while !server.recorder.events.contains(where: { $0.ending != nil }) {
                await peer.send(flood)
                sent += flood.count
                _ = await server.sessionCount
                guard sent < 1_000_000_000 else { throw TestFailure("the flood was never ended") }
            }
            #expect(try await server.ending().code == .tryAgainLater)
            try await server.isEmpty()
        }
    }

    @Test("a session that waits for the drain sends far more than its budget, and loses nothing")
    func drain() async throws {
        let handler = TestHandler(
            onReceived: { _, session, loop in
                session.send(.binary([UInt8](repeating: 1, count: 200_000)), on: loop)
                session.awaitDrain(on: loop)
            },
            onDrained: { session, loop in
                session.send(.binary([UInt8](repeating: 1, count: 200_000)), on: loop)
                session.awaitDrain(on: loop)
            })
        try await TestServer.run(Self.small(), handler) { server in
            let client = try await server.client()
            await client.send("go")
            for _ in 0..<50 { #expect(try await client.receive() == .binary([UInt8](repeating: 1, count: 200_000))) }
            await client.abort()
        }
    }
}
