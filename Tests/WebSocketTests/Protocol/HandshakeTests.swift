import TestSupport
import Testing
import WebSocket

@Suite("Server handshake")
struct HandshakeTests {
    static let fields = [
        "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]

    func answer(
        _ fields: [String] = HandshakeTests.fields,
        line: String = "GET /chat HTTP/1.1",
        origins: OriginPolicy = .sameOrigin,
        subprotocols: [String] = []
    ) throws -> Handshake.Answer {
        let head = ([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
        let request = try #require(try parseRequest([Array(head.utf8)]).request)
        return Handshake.answer(to: request, origins: origins, subprotocols: subprotocols)
    }

    func rejection(_ fields: [String], line: String = "GET /chat HTTP/1.1") throws -> HTTPResponse? {
        guard case .rejected(let response) = try answer(fields, line: line) else { return nil }
        return response
    }

    /// The fields of a good request with some of them replaced, or left out for nil.
    func fields(_ name: String, _ values: String...) -> [String] {
        Self.fields.filter { !$0.hasPrefix(name + ":") } + values.map { "\(name): \($0)" }
    }

    @Test("the example of RFC 6455 §1.2 is answered with the same fields")
    func example() throws {
        let request = try parseRequest([try Fixture.head("handshakes/rfc6455-request.http")]).request
        let policy = try #require(OriginPolicy(allowing: ["http://example.com"]))
        let answer = Handshake.answer(to: try #require(request), origins: policy, subprotocols: ["superchat", "chat"])
        guard case .accepted(let response, "chat", nil) = answer else {
            Issue.record("rejected")
            return
        }
        let lines = [response, try Fixture.head("handshakes/rfc6455-response.http")].map {
            String(decoding: $0, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        }
        #expect(lines[0].first == lines[1].first)
        #expect(lines[0].sorted() == lines[1].sorted())
    }

    @Test("a browser's handshake is accepted")
    func browser() throws {
        let request = try #require(try parseRequest([try Fixture.head("handshakes/chromium.http")]).request)
        #expect(Handshake.isRequested(by: request))
        guard case .accepted(_, nil, nil) = Handshake.answer(to: request) else {
            Issue.record("rejected")
            return
        }
    }

    @Test(
        "token lists in any case are understood",
        arguments: [
            ("Connection", "keep-alive, Upgrade"), ("Connection", "UPGRADE"), ("Connection", ",, upgrade ,"),
            ("Connection", "a,\tUpgRade\t"), ("Upgrade", "WebSocket"), ("Upgrade", "h2c, websocket"),
        ]
    )
    func tokenLists(_ name: String, _ value: String) throws {
        #expect(try rejection(fields(name, value)) == nil)
    }

    @Test("a list may be spread over several fields")
    func spreadList() throws {
        #expect(try rejection(fields("Connection", "keep-alive", "Upgrade")) == nil)
    }

    @Test(
        "a request that doesn't ask for a WebSocket gets 426, which names it",
        arguments: [
            ("Upgrade", ""), ("Upgrade", "h2c"), ("Upgrade", "websockets"), ("Upgrade", "web socket"),
            ("Connection", "keep-alive"), ("Connection", "upgraded"), ("Connection", "keep-alive Upgrade"),
        ]
    )
    func notAskedFor(_ name: String, _ value: String) throws {
        for fields in [fields(name), fields(name, value)] {
            let response = try #require(try rejection(fields))
            #expect(response.status == .upgradeRequired)
            let text = String(decoding: response.encoded(), as: UTF8.self)
            #expect(text.contains("\r\nUpgrade: websocket\r\n") && text.contains("\r\nConnection: Upgrade, close\r\n"))
        }
    }

    @Test(
        "other versions get 426 with the version we speak",
        arguments: ["8", "0", "12", "14", "013", "13, 8", "13.0", ""]
    )
    func versions(_ version: String) throws {
        let response = try #require(try rejection(fields("Sec-WebSocket-Version", version)))
        #expect(response.status == .upgradeRequired)
        #expect(response.headers.values("Sec-WebSocket-Version") == ["13"])
        #expect(try rejection(fields("Sec-WebSocket-Version"))?.status == .upgradeRequired)
        #expect(try rejection(fields("Sec-WebSocket-Version", "13", "13"))?.status == .badRequest)
    }

    @Test(
        "anything but one key of 16 bytes gets 400",
        arguments: [
            [], [""], ["short"], ["dGhlIHNhbXBsZSBub25jZQ"], ["dGhlIHNhbXBsZSBub25jZXM="],
            ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="], ["dGhlIHNhbXBsZSBub25jZQ==, x"],
        ]
    )
    func keys(_ values: [String]) throws {
        let request = fields("Sec-WebSocket-Key") + values.map { "Sec-WebSocket-Key: \($0)" }
        #expect(try rejection(request)?.status == .badRequest)
    }

    @Test("other methods get 405 with the one allowed, HTTP/1.0 gets 400")
    func methodAndVersion() throws {
        let response = try #require(try rejection(Self.fields, line: "POST /chat HTTP/1.1"))
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers.first("Allow") == "GET")
        #expect(try rejection(Self.fields, line: "GET /chat HTTP/1.0")?.status == .badRequest)
    }

    @Test("a page from elsewhere gets 403")
    func origin() throws {
        #expect(try rejection(Self.fields + ["Origin: https://evil.example"])?.status == .forbidden)
        #expect(try rejection(Self.fields + ["Origin: https://server.example.com"]) == nil)
    }

    @Test("a page that asks in an ordinary way learns the same: a script can't see what a handshake was answered")
    func originByOtherMethods() throws {
        let fields = ["Host: server.example.com", "Origin: https://evil.example"]
        for method in ["GET", "POST"] {
            #expect(try rejection(fields, line: "\(method) /chat HTTP/1.1")?.status == .forbidden)
        }
        let own = ["Host: server.example.com", "Origin: https://server.example.com"]
        #expect(try rejection(own, line: "POST /chat HTTP/1.1")?.status == .methodNotAllowed)
    }

    @Test("the client's first choice among our subprotocols is taken, none if there is none in common")
    func subprotocols() throws {
        let offers = Self.fields + ["Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: c"]
        guard case .accepted(let response, let chosen, nil) = try answer(offers, subprotocols: ["c", "b"]) else {
            Issue.record("rejected")
            return
        }
        #expect(chosen == "b")
        #expect(String(decoding: response, as: UTF8.self).contains("\r\nSec-WebSocket-Protocol: b\r\n"))
        guard case .accepted(_, nil, nil) = try answer(offers, subprotocols: ["A"]) else {
            Issue.record("subprotocols are case-sensitive")
            return
        }
        for malformed in ["a b", "a, a", "a/b"] {
            #expect(try rejection(Self.fields + ["Sec-WebSocket-Protocol: \(malformed)"])?.status == .badRequest)
        }
    }
}
