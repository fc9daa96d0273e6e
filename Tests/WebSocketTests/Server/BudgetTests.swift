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
        var configuration = Self.small(budget: 16_384, closeTimeout: .milliseconds(500))
        configuration.maximumControlFrames = .max
        try await TestServer.run(configuration) { server in
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

    /// Fills the budget, marked, and publishes what may be dropped as well; says "end" when all is written.
    private static func overflowing(_ lost: Recorder<Int>) -> TestHandler {
        TestHandler(
            onReceived: { _, session, loop in
                session.dropsMarked = true
                let topics = session.neighbours.topics
                topics.subscribe(session, to: "news", on: loop)
                // With its header it is one byte less than may wait.
                session.send(SharedFrame(.binary([UInt8](repeating: 5, count: 19_995)), mark: 5), on: loop)
                topics.publish(.text("6".utf8, mark: 6), to: "news", on: loop)
            },
            onOverflowed: { session, lowest, loop in
                lost.record(lowest)
                session.neighbours.topics.unsubscribe(session, from: "news", on: loop)
            },
            onDrained: { session, loop in session.send(text: "end", on: loop) })
    }

    @Test("a pong that is one byte too many lets nothing that was published overtake what is dropped for it")
    func pongOverBudget() async throws {
        let lost = Recorder<Int>()
        try await TestServer.run(Self.small(budget: 20_000), Self.overflowing(lost)) { server in
            let peer = try await server.upgradedPeer()
            // In one piece: the pong is due in the same tick.
            await peer.send(Client.text("go") + Client.ping([7]))
            let frames = try await peer.receiveFrames("the end") { $0.last == .text("end") }
            #expect(frames.map(\.opcode) == [.pong, .text] && lost.events == [5])
        }
    }

    @Test("a slow peer that has read all there was, and isn't brought up to date, is closed as well in the end")
    func neverCaughtUp() async throws {
        var configuration = Self.small(budget: 20_000)
        configuration.stallTimeout = .seconds(1)
        try await TestServer.run(configuration, Self.overflowing(Recorder())) { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.text("go"))
            let frames = try await peer.receiveFrames("a Close") { $0.last?.opcode == .close }
            #expect(frames.first == .text("end") && frames.last?.closeCode == .tryAgainLater)
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
