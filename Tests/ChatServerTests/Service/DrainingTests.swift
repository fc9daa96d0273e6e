import Foundation
import TestSupport
import Testing
import Transport
import WebSocket

extension LiveTests {
    @Suite("The end of a server, as balancers and pollers see it")
    struct DrainingTests {
        private static let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

        private func answer(_ port: UInt16, _ request: String) async throws -> String {
            let peer = try await RawPeer.connect(to: .loopback(port: port))
            await peer.send(request)
            return try await peer.receiveTextToEnd()
        }

        @Test("a connection that is polled, one that is idle and one that says nothing don't hold it up")
        func polled() async throws {
            let (child, port) = try await Executable.serve("--embedded", "--drain", "40", "--drain-delay", "1")
            let silent = try await RawPeer.connect(to: .loopback(port: port))
            let idle = try await RawPeer.connect(to: .loopback(port: port))
            await idle.send(Self.health)
            try await idle.receive("an answer") { $0.count > 100 }
            let poller = try await RawPeer.connect(
                to: .loopback(port: port), sending: Array(repeating: Array(Self.health.utf8), count: 1_000),
                every: .milliseconds(50))
            try await poller.receive("an answer") { $0.count > 100 }
            child.signal(SIGTERM)
            #expect(!(try await idle.receiveTextToEnd(within: .seconds(10)).contains("\r\nConnection: close\r\n")))
            _ = try await poller.receiveToEnd(within: .seconds(10))
            #expect(try await child.exit(within: .seconds(20)) == 0)
            #expect(try await silent.receiveToEnd().isEmpty)
        }

        @Test("before the farewells /health says 503 and who still comes is let in; then nobody is")
        func delay() async throws {
            let (child, port) = try await Executable.serve("--embedded", "--drain", "40", "--drain-delay", "8")
            let first = try await RawPeer.upgraded(to: .loopback(port: port), target: "/ws")
            child.signal(SIGTERM)
            try await child.line(containing: "a second signal ends at once")
            try await eventually("/health says so") { try await answer(port, Self.health).hasPrefix("HTTP/1.1 503 ") }
            let text = try await answer(port, Self.health)
            #expect(text.contains("\r\nConnection: close\r\n") && text.contains("draining"))
            #expect(try await answer(port, Self.health.replacing("/health", with: "/live")).hasPrefix("HTTP/1.1 200 "))
            let newcomer = try await RawPeer.upgraded(to: .loopback(port: port), target: "/ws")
            for peer in [first, newcomer] {
                try await peer.receiveFrames("a farewell") { frames in
                    frames.contains { $0.text.contains("\"reconnect\"") }
                }
            }
            let refused = try await RawPeer.connect(to: .loopback(port: port))
            await refused.send(handshakeRequest(target: "/ws"))
            #expect(try await refused.receiveTextToEnd().hasPrefix("HTTP/1.1 503 "))
            await first.vanish()
            await newcomer.vanish()
            #expect(try await child.exit(within: .seconds(60)) == 0)
        }
    }
}
