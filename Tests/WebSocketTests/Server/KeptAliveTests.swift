import TestSupport
import Testing
import Transport
import WebSocket

/// Connections between two requests.
@Suite(.timeLimit(.minutes(2)))
struct KeptAliveTests {
    private static let request = Array("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)

    private func configuration(keepAlive: Duration = .seconds(75)) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.http.requestTimeout = .milliseconds(500)
        configuration.http.keepAliveTimeout = keepAlive
        return configuration
    }

    @Test("a connection is kept for far longer than a handshake may take, and says for how long")
    func longer() async throws {
        try await TestServer.runAlone(configuration()) { server in
            let peer = try await server.peer(sending: [Self.request, Self.request], every: .milliseconds(1_500))
            let text = try await peer.receive("two answers") {
                String(decoding: $0, as: UTF8.self).ranges(of: "There is nothing here.").count == 2
            }
            #expect(String(decoding: text, as: UTF8.self).ranges(of: "\r\nKeep-Alive: timeout=75\r\n").count == 2)
        }
    }

    @Test("an idle connection ends in order after the time announced, and nothing is said then")
    func idle() async throws {
        try await TestServer.runAlone(configuration(keepAlive: .seconds(1))) { server in
            let start = ContinuousClock.now
            let peer = try await server.peer(sending: [Self.request], every: .zero)
            let text = try await peer.receiveTextToEnd()
            #expect(start.duration(to: .now) >= .milliseconds(990))
            #expect(text.hasSuffix("There is nothing here.\n") && text.contains("\r\nKeep-Alive: timeout=1\r\n"))
            #expect(peer.endReason == .endOfInput)
            #expect(server.server.metrics.http.slowRequests == 0)
        }
    }

    @Test("a later request has the handshake timeout from its first byte on, and gets 408 then")
    func halfRequest() async throws {
        try await TestServer.runAlone(configuration()) { server in
            let chunks = [Self.request] + "GET /y HTTP/1.1\r\nX: y".utf8.map { [$0] }
            let peer = try await server.peer(sending: chunks, every: .milliseconds(100))
            let text = try await peer.receiveTextToEnd()
            #expect(
                text.hasPrefix("HTTP/1.1 404 ") && text.contains("\r\nHTTP/1.1 408 ")
                    || text.contains("\nHTTP/1.1 408 "))
        }
    }

    @Test("an empty line behind a request begins no other one")
    func emptyLine() async throws {
        try await TestServer.runAlone(configuration(keepAlive: .milliseconds(1_500))) { server in
            let peer = try await server.peer(sending: [Self.request + Array("\r\n".utf8)], every: .zero)
            #expect(!(try await peer.receiveTextToEnd().contains(" 408 ")))
        }
    }

    @Test("a request that crosses the end on its way meets the end of the stream, not a reset")
    func crossing() async throws {
        try await TestServer.runAlone(configuration(keepAlive: .milliseconds(500))) { server in
            let peer = try await server.peer(sending: [Self.request, Self.request], every: .milliseconds(1_000))
            // It doesn't see that the server has ended its side.
            await peer.pauseReading()
            try await eventually("the connection is gone") { server.server.connectionCount == 0 }
            await peer.resumeReading()
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 404 "))
            #expect(peer.endReason == .endOfInput)
        }
    }

    // MARK: The end of the server

    @Test("a draining server ends what waits for another request, and closes behind every answer")
    func draining() async throws {
        try await TestServer.runAlone { server in
            let idle = try await server.peer()
            await idle.send(Self.request)
            try await idle.receive("an answer") { $0.count > 100 }
            let busy = try await server.peer()
            await busy.send("GET /x HTTP/1.1\r\n")
            let session = try await server.upgradedPeer()
            try await server.sessions(1)
            await server.onLoop(0) { _, _ in }
            server.server.startDraining()
            #expect(!(try await idle.receiveTextToEnd().contains("close")))
            await busy.send("Host: localhost\r\n\r\n")
            let late = try await server.peer()
            await late.send(Self.request + Self.request)
            for peer in [busy, late] {
                let text = try await peer.receiveTextToEnd()
                #expect(text.ranges(of: "HTTP/1.1 404 ").count == 1 && text.contains("\r\nConnection: close\r\n"))
                #expect(!text.contains("Keep-Alive"))
            }
            let newcomer = try await server.upgradedPeer()
            for peer in [session, newcomer] {
                await peer.send(Client.text("still"))
                try await peer.receiveFrames(1)
            }
        }
    }

    @Test("whoever waits for the last session doesn't wait for requests, and the end cuts who never ends its side")
    func waiting() async throws {
        let group = try EventLoopGroup(count: 2)
        let server = WebSocketServer(handler: TestHandler(), on: group)
        let address = try await server.listen(on: .loopback(port: 0))
        let silent = try await RawPeer.connect(to: address)
        let stubborn = try await RawPeer.connect(to: address)
        await stubborn.pauseReading()
        await stubborn.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try await eventually("both are taken") { server.connectionCount == 2 }
        try await within(.seconds(8), "the end") {
            server.startDraining()
            await server.waitUntilFreeOfSessions()
            await server.shutDown()
        }
        #expect(try await silent.receiveToEnd().isEmpty)
        #expect(server.connectionCount == 0)
        await group.shutDown()
    }
}
