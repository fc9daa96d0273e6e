import TestSupport
import Testing
import Transport
import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct PingTests {
    private static func configuration(interval: Duration, timeout: Duration) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.pingInterval = interval
        configuration.pongTimeout = timeout
        return configuration
    }

    private static let quick = configuration(interval: .seconds(1), timeout: .seconds(1))

    @Test("a quiet peer is pinged, and given up without a Close when it never answers", arguments: TestLoops.pollers)
    func lost(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.runAlone(Self.quick, poller: poller) { server in
            let start = ContinuousClock.now
            let peer = try await server.upgradedPeer()
            let frames = try await peer.receiveFramesToEnd()
            #expect(frames == [ServerFrame(opcode: .ping, payload: [])])
            // The first ping comes up to half of the interval early.
            #expect(start.duration(to: .now) >= .milliseconds(1_490))
            let ending = try await server.ending()
            #expect(ending.code == .abnormalClosure && !ending.wasClean && !ending.wasPeers)
            try await server.isEmpty()
        }
    }

    @Test("a peer that answers each ping stays")
    func answered() async throws {
        try await TestServer.runAlone(Self.quick) { server in
            let client = try await server.client()
            // The client answers pings by itself: these three seconds would be too long for one that didn't.
            try await Task.sleep(for: .seconds(3))
            await client.send("still here")
            #expect(try await client.receive() == .text("still here"))
        }
    }

    @Test("a peer that answers is pinged again after the interval, however long it would have had to answer")
    func shortInterval() async throws {
        let configuration = Self.configuration(interval: .milliseconds(200), timeout: .seconds(60))
        try await TestServer.runAlone(configuration) { server in
            let peer = try await server.upgradedPeer()
            for count in 1...5 {
                try await peer.receiveFrames("ping \(count)", within: .seconds(5)) {
                    $0.count { $0.opcode == .ping } == count
                }
                await peer.send(EncodedFrame.pong(maskingKey: Client.sampleKey).bytes)
            }
        }
    }

    @Test("any byte is a sign of life: a peer in the middle of a long message is not given up")
    func anyByte() async throws {
        try await TestServer.runAlone(Self.quick) { server in
            let bytes = Client.text("slowly, slowly").map { [$0] }
            let peer = try await server.peer(
                sending: [Array(handshakeRequest().utf8)] + bytes, every: .milliseconds(200))
            try await peer.receiveFrames("the echo") { $0.contains(.text("slowly, slowly")) }
        }
    }

    @Test("a session that has paused its input doesn't take the silence for the peer's")
    func paused() async throws {
        try await TestServer.runAlone(Self.quick) {
            server in
            let client = try await server.client()
            let id = try await server.sessions(1)[0]
            try await server.onSession(id) { $0.pauseInput(on: $1) }
            try await Task.sleep(for: .seconds(3))
            try await server.onSession(id) { $0.resumeInput(on: $1) }
            await client.send("still here")
            #expect(try await client.receive() == .text("still here"))
        }
    }
}
