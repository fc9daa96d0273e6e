import TestSupport
import Testing
import Transport
import WebSocket

/// What a server answers before, and instead of, a handshake.
@Suite(.timeLimit(.minutes(2)))
struct HTTPAnswerTests {
    /// It answers requests as servers do by default.
    private struct Listener: WebSocketHandler {
        func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {}
    }

    /// Everything the server answers to `requests`, sent at once, up to the end of the connection.
    private func answer(
        _ requests: String, _ configuration: WebSocketConfiguration = .init(), _ handler: TestHandler = .init()
    ) async throws -> String {
        let answer = Recorder<String>()
        try await TestServer.run(configuration, handler) { server in
            let peer = try await server.peer()
            await peer.send(requests)
            answer.record(try await peer.receiveTextToEnd())
        }
        return answer.events.joined()
    }

    private func request(_ line: String, _ fields: String...) -> String {
        ([line, "Host: localhost"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test("an unknown path is 404, a handshake to it too")
    func notFound() async throws {
        #expect(try await answer(request("GET /x HTTP/1.1", "Connection: close")).hasPrefix("HTTP/1.1 404 "))
        try await TestServer.run { server in
            let peer = try await server.peer()
            await peer.send(handshakeRequest(target: "/x"))
            #expect(try await peer.receiveHead().hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test("another version of the protocol is 426 with the one spoken here", arguments: ["8", "14", "13, 8", "x"])
    func version(_ version: String) async throws {
        let asked = handshakeRequest().replacing("Version: 13", with: "Version: \(version)")
        let answer = try await answer(asked)
        #expect(answer.hasPrefix("HTTP/1.1 426 "))
        #expect(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"))
    }

    @Test("a plain GET of a WebSocket's path is 426")
    func noUpgrade() async throws {
        let answer = try await answer(request("GET / HTTP/1.1"))
        #expect(answer.hasPrefix("HTTP/1.1 426 "))
        #expect(answer.contains("\r\nUpgrade: websocket\r\n"))
    }

    @Test("a handshake with another method than GET is 405 with Allow")
    func method() async throws {
        let answer = try await answer(handshakeRequest().replacing("GET /", with: "POST /"))
        #expect(answer.hasPrefix("HTTP/1.1 405 "))
        #expect(answer.contains("\r\nAllow: GET\r\n"))
    }

    @Test(
        "what isn't HTTP/1.1, or a broken handshake, is 400 and the end",
        arguments: [
            "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
            handshakeRequest().replacing("dGhlIHNhbXBsZSBub25jZQ==", with: "short"),
            handshakeRequest().replacing("dGhlIHNhbXBsZSBub25jZQ==", with: ""),
        ])
    func badRequest(_ request: String) async throws {
        #expect(try await answer(request).hasPrefix("HTTP/1.1 400 "))
    }

    @Test("every answer has a Date, the one to a handshake and those to what is no request too")
    func date() async throws {
        let long = String(repeating: "x", count: 9_000)
        for asked in [
            request("GET /x HTTP/1.1", "Connection: close"), request("GET / HTTP/1.1"), "nonsense\r\n\r\n",
            request("GET /\(long) HTTP/1.1"), request("HEAD /x HTTP/1.1", "Connection: close"),
            request("OPTIONS * HTTP/1.1", "Connection: close"),
            request("GET /x HTTP/1.1").replacing("localhost", with: "evil.example"),
        ] {
            let head = try #require(try await answer(asked).split(separator: "\r\n\r\n").first)
            let dates = head.matches(of: /\r\nDate: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT/)
            #expect(dates.count == 1, "\(head)")
        }
        try await TestServer.run { server in
            let peer = try await server.upgradedPeer()
            let head = try await peer.receiveHead()
            #expect(head.contains("\r\nDate: "))
        }
    }

    @Test("OPTIONS of what is there, and of the server as a whole, is 204 with Allow")
    func options() async throws {
        let server = WebSocketServer(handler: Listener(), on: TestLoops.group())
        let address = try await server.listen(on: .loopback(port: 0))
        for (target, status) in [("/", "204"), ("*", "204"), ("/x", "404")] {
            let peer = try await RawPeer.connect(to: address)
            await peer.send(request("OPTIONS \(target) HTTP/1.1", "Connection: close"))
            let text = try await peer.receiveTextToEnd()
            #expect(text.dropFirst(9).prefix(3) == status, "\(target)")
            #expect(text.contains("\r\nAllow: GET, OPTIONS\r\n") == (status == "204"))
        }
        await server.shutDown()
    }

    @Test("a body is dropped, and requests in one packet with bodies between them are answered in order")
    func bodies() async throws {
        let requests = [
            request("GET /a HTTP/1.1", "Content-Length: 5") + "hello",
            request("GET /b HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nGET /\r\n0\r\nX: y\r\n\r\n",
            request("POST /c HTTP/1.1", "Content-Length: 0"), request("GET /d HTTP/1.1", "Connection: close"),
        ]
        let text = try await answer(requests.joined(), .init(), Self.pages)
        #expect(text.matches(of: /this is \/(\w)/).map { String($0.1) } == ["a", "b", "c", "d"])
    }

    @Test("whoever waits for 100 Continue gets it, and then the answer")
    func continuation() async throws {
        try await TestServer.run(.init(), Self.pages) { server in
            let peer = try await server.peer()
            await peer.send(
                request("POST /a HTTP/1.1", "Content-Length: 2", "Expect: 100-continue", "Connection: close"))
            try await peer.receive("100") { $0 == Array("HTTP/1.1 100 Continue\r\n\r\n".utf8) }
            await peer.send("ab")
            #expect(try await peer.receiveTextToEnd().hasSuffix("this is /a\n"))
        }
    }

    @Test("a body that doesn't come is 408 at the handshake timeout")
    func slowBody() async throws {
        var configuration = WebSocketConfiguration()
        configuration.http.requestTimeout = .seconds(2)
        let text = try await answer(request("POST /a HTTP/1.1", "Content-Length: 2") + "a", configuration, Self.pages)
        #expect(text.hasPrefix("HTTP/1.1 408 "))
    }

    @Test("a request's limits have their own answers: 413, 414, 431, 501, 505")
    func limits() async throws {
        let long = String(repeating: "x", count: 9_000)
        let many = (0..<2_000).map { "f\($0): x\r\n" }.joined()
        #expect(try await answer(request("GET /\(long) HTTP/1.1")).hasPrefix("HTTP/1.1 414 "))
        #expect(try await answer(request("GET / HTTP/1.1", "f: \(long)")).hasPrefix("HTTP/1.1 431 "))
        #expect(try await answer("GET / HTTP/1.1\r\nHost: localhost\r\n\(many)\r\n").hasPrefix("HTTP/1.1 431 "))
        #expect(try await answer(request("POST / HTTP/1.1", "Content-Length: 65537")).hasPrefix("HTTP/1.1 413 "))
        let chunked = request("POST / HTTP/1.1", "Transfer-Encoding: chunked")
        #expect(try await answer(chunked + "10001\r\n").hasPrefix("HTTP/1.1 413 "))
        #expect(try await answer(chunked + "what?\r\n").hasPrefix("HTTP/1.1 400 "))
        #expect(try await answer(request("POST / HTTP/1.1", "Transfer-Encoding: gzip")).hasPrefix("HTTP/1.1 501 "))
        #expect(try await answer(request("GET / HTTP/2.0")).hasPrefix("HTTP/1.1 505 "))
    }

    @Test("a page of another origin is 403, one of this host or none at all may connect")
    func origin() async throws {
        try await TestServer.run { server in
            for (origin, status) in [("http://evil.example", "403"), ("null", "403"), ("http://localhost", "101")] {
                let peer = try await server.peer()
                await peer.send(handshakeRequest(fields: ["Origin: \(origin)"]))
                #expect(try await peer.receiveHead().hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test("the subprotocol is the client's first that the server speaks too")
    func subprotocol() async throws {
        var configuration = WebSocketConfiguration()
        configuration.subprotocols = ["chat.v1", "chat.v2"]
        try await TestServer.run(configuration) { server in
            var options = WebSocketClient.Options()
            options.subprotocols = ["chat.v3", "chat.v2", "chat.v1"]
            _ = try await server.client(options)
            let id = try await server.sessions(1)[0]
            #expect(try await server.onSession(id) { session, _ in session.subprotocol } == "chat.v2")
        }
    }

    // MARK: Connections that go on

    private static var pages: TestHandler {
        TestHandler(onRequest: { request in
            .response(HTTPResponse(status: .ok, text: "this is \(request.path)"))
        })
    }

    @Test("requests one after the other, and many in one packet, are answered in order on one connection")
    func keepAlive() async throws {
        try await TestServer.run(.init(), Self.pages) { server in
            let peer = try await server.peer()
            await peer.send(request("GET /a HTTP/1.1"))
            try await peer.receive("the first answer") { String(decoding: $0, as: UTF8.self).hasSuffix("/a\n") }
            let more = (0..<50).map { request("GET /\($0) HTTP/1.1") }.joined()
            await peer.send(more + request("GET /z HTTP/1.1", "Connection: close"))
            let text = try await peer.receiveTextToEnd()
            let paths = text.matches(of: /this is \/(\w+)/).map { String($0.1) }
            #expect(paths == ["a"] + (0..<50).map { "\($0)" } + ["z"])
        }
    }

    @Test("HEAD gets the head of the answer alone, its length included")
    func head() async throws {
        let requests = request("HEAD /a HTTP/1.1") + request("HEAD /b HTTP/1.1", "Connection: close")
        let text = try await answer(requests, .init(), Self.pages)
        #expect(text.components("HTTP/1.1 200 OK\r\n") == 2)
        #expect(text.components("Content-Length: 11\r\n") == 2)
        #expect(text.hasSuffix("\r\n\r\n") && !text.contains("this is"))
    }

    @Test("HTTP/1.0 and Connection: close end the connection behind the answer")
    func close() async throws {
        for request in ["GET /a HTTP/1.0\r\n\r\n", request("GET /a HTTP/1.1", "Connection: close")] {
            let text = try await answer(request, .init(), Self.pages)
            #expect(text.contains("Connection: close\r\n") && text.hasSuffix("this is /a\n"))
        }
    }

    @Test("a handshake may follow other requests on their connection")
    func upgradeLater() async throws {
        try await TestServer.run { server in
            let peer = try await server.peer()
            await peer.send(Array((request("GET /x HTTP/1.1") + handshakeRequest()).utf8) + Client.text("hi"))
            try await peer.receive("the echo") { $0.suffix(4) == [0x81, 2] + Array("hi".utf8) }
        }
    }

    @Test("an answer larger than the outbound budget arrives whole, and so does the next")
    func largeAnswer() async throws {
        let page = [UInt8](repeating: 65, count: 300_000)
        let handler = TestHandler(onRequest: { _ in .response(HTTPResponse(status: .ok, body: page)) })
        var configuration = WebSocketConfiguration()
        configuration.http.outboundBudget = 65_536
        let requests = request("GET /a HTTP/1.1") + request("GET /b HTTP/1.1", "Connection: close")
        let text = try await answer(requests, configuration, handler)
        #expect(text.components("HTTP/1.1 200 OK\r\n") == 2)
        #expect(text.utf8.count { $0 == 65 } >= 600_000)
    }

    @Test("a peer that pipelines requests and never reads fills no more than the budget and one answer")
    func pipelining() async throws {
        let page = [UInt8](repeating: 65, count: 100_000)
        let answered = Recorder<String>()
        let handler = TestHandler(onRequest: { request in
            answered.record(request.path)
            return .response(HTTPResponse(status: .ok, body: page))
        })
        var configuration = WebSocketConfiguration()
        configuration.http.outboundBudget = 200_000
        configuration.http.requestTimeout = .milliseconds(500)
        configuration.http.closeTimeout = .milliseconds(500)
        try await TestServer.run(configuration, handler) { server in
            let peer = try await server.peer(receiveBuffer: 4_096)
            await peer.pauseReading()
            await peer.send(String(repeating: request("GET /a HTTP/1.1"), count: 1_000))
            // What the system's buffers take is out of our hands; a thousand pages is far more than that.
            try await server.isEmpty()
            #expect(answered.events.count < 200)
        }
    }

    @Test("a peer that ends its side behind its request still gets the whole answer", arguments: [900_000, 8_000_000])
    func halfClose(_ size: Int) async throws {
        let page = [UInt8](repeating: 65, count: size)
        let handler = TestHandler(onRequest: { _ in .response(HTTPResponse(status: .ok, body: page, keepsAlive: true)) }
        )
        try await TestServer.run(.init(), handler) { server in
            let peer = try await server.peer(receiveBuffer: 4_096)
            await peer.send(request("GET /a HTTP/1.1"))
            await peer.shutOutput()
            try await peer.receive("the whole page") { $0.count > size }
        }
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
