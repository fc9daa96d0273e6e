import TestSupport
import Testing
import WebSocket

@Suite("Client handshake")
struct ClientHandshakeTests {
    /// The 16 bytes of RFC 6455's example: "the sample nonce".
    let nonce = Array("the sample nonce".utf8).withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64).self) }

    func handshake(extensions: String? = nil) -> ClientHandshake {
        ClientHandshake(
            host: "server.example.com",
            target: "/chat",
            nonce: nonce,
            origin: "http://example.com",
            subprotocols: ["chat", "superchat"],
            extensions: extensions
        )
    }

    func response(_ changes: [String: String?] = [:], line: String = "HTTP/1.1 101 Switching Protocols") -> [UInt8] {
        var fields: [String: String?] = [
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ]
        fields.merge(changes) { $1 }
        let lines = fields.compactMap { name, value in value.map { "\(name): \($0)\r\n" } }
        return Array((line + "\r\n" + lines.joined() + "\r\n").utf8)
    }

    /// What every feeding of an answer ends with.
    func error(_ bytes: [UInt8], extensions: String? = nil) -> HandshakeError? {
        var found: Set<HandshakeError?> = []
        for feeding in everyFeeding(of: bytes) {
            var handshake = handshake(extensions: extensions)
            do {
                for chunk in feeding { _ = try withInput(chunk) { try handshake.next(from: &$0) } }
                found.insert(nil)
            } catch {
                found.insert(error as? HandshakeError)
            }
        }
        #expect(found.count == 1)
        return found.first ?? nil
    }

    @Test("our own server accepts the request, and the client its answer")
    func roundTrip() throws {
        var client = handshake()
        let request = try #require(try parseRequest([client.request]).request)
        let policy = try #require(OriginPolicy(allowing: ["http://example.com"]))
        guard
            case .accepted(let response, _, _) = Handshake.answer(to: request, origins: policy, subprotocols: ["chat"])
        else {
            Issue.record("rejected")
            return
        }
        let left = try withInput(response + hex("8100")) { input in
            let acceptance = try #require(try client.next(from: &input))
            #expect(acceptance.subprotocol == "chat" && acceptance.extensions == nil)
            return Array(input)
        }
        #expect(left == hex("8100"))
    }

    @Test("the example of RFC 6455 §1.2 is understood at every split")
    func example() throws {
        for feeding in everyFeeding(of: try Fixture.head("handshakes/rfc6455-response.http")) {
            var client = handshake()
            var acceptances: [ClientHandshake.Acceptance] = []
            for chunk in feeding {
                if let found = try withInput(chunk, { try client.next(from: &$0) }) { acceptances.append(found) }
            }
            #expect(acceptances.map(\.subprotocol) == ["chat"])
        }
    }

    @Test("another status is a refusal that can be read")
    func refused() throws {
        guard case .refused(let head) = error(response(line: "HTTP/1.1 503 Busy right now")) else {
            Issue.record("not refused")
            return
        }
        #expect(head.status == .serviceUnavailable && head.reason == "Busy right now")
    }

    @Test("an answer that isn't a WebSocket server's is refused")
    func wrongAnswers() {
        #expect(error(response()) == nil)
        #expect(error(response(["Upgrade": "h2c"])) == .notUpgraded)
        #expect(error(response(["Upgrade": nil])) == .notUpgraded)
        #expect(error(response(["Connection": "keep-alive"])) == .notUpgraded)
        #expect(error(response(line: "HTTP/1.0 101 OK")) == .notUpgraded)
        #expect(error(response(["Sec-WebSocket-Accept": "s3pplmbitxaq9kygzzhzrbk+xoo="])) == .wrongAccept)
        #expect(error(response(["Sec-WebSocket-Accept": nil])) == .wrongAccept)
        #expect(error(response(["Sec-WebSocket-Protocol": "other"])) == .unexpectedSubprotocol)
        #expect(error(response(["Sec-WebSocket-Extensions": "permessage-deflate"])) == .unexpectedExtension)
        #expect(
            error(response(["Sec-WebSocket-Extensions": "permessage-deflate"]), extensions: "permessage-deflate") == nil
        )
        #expect(error(Array("SSH-2.0-OpenSSH_9\r\n".utf8)) == .malformedResponse(.malformedStartLine))
        #expect(error(Array("HTTP/1.1 101\r\n\r\n".utf8)) == .notUpgraded)
        #expect(error(Array("HTTP/1.1 1x1 A\r\n".utf8)) == .malformedResponse(.malformedStartLine))
    }

    @Test("nothing breaks out of the request line or a field")
    func injection() throws {
        let client = ClientHandshake(host: "x\r\nA: b", target: "/a b\r\nC: d\u{E9}", nonce: nonce, origin: "o\r\nE: f")
        let lines = String(decoding: client.request, as: UTF8.self).split(separator: "\r\n")
        #expect(lines[0] == "GET /a%20b%0D%0AC:%20d%C3%A9 HTTP/1.1")
        #expect(lines[1] == "Host: x  A: b")
        #expect(lines.count == 7)
    }
}
