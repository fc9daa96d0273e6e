import TestSupport
import Testing
import Transport
import WebSocket

/// Under which names a server answers.
@Suite(.timeLimit(.minutes(2)))
struct HostTests {
    private func status(_ request: String, of address: SocketAddress) async throws -> String {
        let peer = try await RawPeer.connect(to: address)
        await peer.send(request)
        return String(try await peer.receiveHead().dropFirst(9).prefix(3))
    }

    private func get(_ path: String, host: String) -> String { "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n" }

    private func upgrade(host: String) -> String {
        handshakeRequest(fields: ["Origin: http://\(host)"]).replacing("Host: localhost", with: "Host: \(host)")
    }

    @Test("on the loopback, a page whose name was made to resolve to it gets 421 for all, its own WebSocket too")
    func rebinding() async throws {
        let asked = Recorder<String>()
        let handler = TestHandler(onRequest: { request in
            asked.record(request.path)
            return .webSocket
        })
        try await TestServer.run(.init(), handler) { server in
            let port = server.address.port
            for host in ["evil.example", "evil.example:\(port)", "localhost.evil.example", "127.0.0.1.evil.example"] {
                #expect(try await status(upgrade(host: host), of: server.address) == "421")
                #expect(try await status(get("/x", host: host), of: server.address) == "421")
            }
            #expect(asked.events.isEmpty, "the handler is asked")
            for host in ["localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)", "chat.localhost", "LOCALHOST."] {
                #expect(try await status(upgrade(host: host), of: server.address) == "101", "\(host)")
            }
            let peer = try await server.peer()
            await peer.send(get("/x", host: "evil.example"))
            let answer = try await peer.receiveTextToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n") && answer.contains("'evil.example'"))
        }
    }

    @Test("the hosts set, and those of the pages allowed, are let in besides; some paths under any name")
    func configured() async throws {
        var configuration = WebSocketConfiguration()
        configuration.http.hosts = HostPolicy(allowing: ["chat.example"])
        configuration.http.origins = try #require(OriginPolicy(allowing: ["https://pages.example", "same-origin"]))
        configuration.http.pathsForAnyHost = ["/probe"]
        try await TestServer.run(configuration) { server in
            for (path, host, expected) in [
                ("/x", "chat.example", "404"), ("/x", "pages.example:8443", "404"), ("/x", "evil.example", "421"),
                ("/probe", "evil.example", "404"), ("/probe/x", "evil.example", "421"), ("/x", "localhost", "404"),
            ] {
                let found = try await status(get(path, host: host), of: server.address)
                #expect(found == expected, "\(path) of \(host)")
            }
        }
    }

    @Test("what others can reach answers to any name, unless names are set; any name can be set for the loopback too")
    func reachable() async throws {
        let policies: [(HostPolicy?, SocketAddress, String)] = [
            (nil, .any(port: 0), "404"), (.local, .any(port: 0), "421"), (.any, .loopback(port: 0), "404"),
        ]
        for (policy, address, expected) in policies {
            var configuration = WebSocketConfiguration()
            configuration.http.hosts = policy
            let server = WebSocketServer(configuration, handler: TestHandler(), on: TestLoops.group())
            let port = try await server.listen(on: address).port
            #expect(try await status(get("/x", host: "chat.example"), of: .loopback(port: port)) == expected)
            await server.shutDown()
        }
    }

    @Test("HTTP/1.0 without a Host is no browser's, and is answered")
    func old() async throws {
        try await TestServer.run { server in
            let nameless = try await status("GET /x HTTP/1.0\r\n\r\n", of: server.address)
            let foreign = try await status("GET /x HTTP/1.0\r\nHost: evil.example\r\n\r\n", of: server.address)
            #expect(nameless == "404" && foreign == "421")
        }
    }
}
