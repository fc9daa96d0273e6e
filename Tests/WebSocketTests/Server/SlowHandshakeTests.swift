import TestSupport
import Testing
import Transport
import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct SlowHandshakeTests {
    private static let impatient: WebSocketConfiguration = {
        var configuration = WebSocketConfiguration()
        configuration.http.requestTimeout = .seconds(2)
        configuration.http.keepAliveTimeout = .seconds(2)
        configuration.http.closeTimeout = .milliseconds(500)
        return configuration
    }()

    @Test("a request that comes byte by byte is cut with 408 at the handshake timeout", arguments: TestLoops.pollers)
    func dripping(_ poller: EventLoopGroup.PollerKind) async throws {
        try await TestServer.runAlone(Self.impatient, poller: poller) { server in
            let start = ContinuousClock.now
            let bytes = handshakeRequest().utf8.dropLast(4).map { [$0] }
            let peer = try await server.peer(sending: bytes, every: .milliseconds(50))
            let answer = try await peer.receiveTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(start.duration(to: .now) >= .milliseconds(1_990))
            try await server.isEmpty()
        }
    }

    @Test("a connection that says nothing is closed at the handshake timeout, without a word")
    func silent() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let peers = try await (0..<20).asyncMap { _ in try await server.peer() }
            for peer in peers { #expect(try await peer.receiveToEnd() == []) }
            try await server.isEmpty()
        }
    }

    @Test("an idle kept-alive connection is closed too, and each request starts the time anew")
    func idle() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let request = Array("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            let peer = try await server.peer(sending: [request, request, request, request], every: .seconds(1))
            #expect(try await peer.receiveTextToEnd().ranges(of: "404 Not Found").count == 4)
            try await server.isEmpty()
        }
    }

    @Test("a peer that reads nothing and closes nothing is gone at the close timeout after its 408")
    func stubborn() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let peer = try await server.peer(sending: [Array("GET / HT".utf8)], every: .zero)
            await peer.pauseReading()
            // Both timeouts; until they are over nothing is seen of the peer.
            try await Task.sleep(for: .milliseconds(2_500))
            try await server.isEmpty()
            await peer.resumeReading()
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("a session lives on after the handshake timeout")
    func session() async throws {
        try await TestServer.runAlone(Self.impatient) { server in
            let chunks = [Array(handshakeRequest().utf8), Client.text("still here")]
            let peer = try await server.peer(sending: chunks, every: .milliseconds(2_500))
            #expect(try await peer.receiveFrames(1) == [.text("still here")])
        }
    }
}

extension Sequence {
    /// One after the other.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
