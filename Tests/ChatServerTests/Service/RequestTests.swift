import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Requests of every kind")
    struct RequestTests {
        /// The whole answer to a request whose connection ends behind it.
        private func answer(_ server: TestServer, _ request: String) async throws -> String {
            let raw = try await RawConnection.connect(to: server.port)
            await raw.send(request)
            return String(decoding: try await raw.whole(), as: UTF8.self)
        }

        private func request(_ line: String, _ fields: String...) -> String {
            ([line, "Host: localhost", "Connection: close"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
        }

        @Test("no query makes a request a bad one: it is read as forms are")
        func queries() async throws {
            let server = try await TestServer.start(.embedded)
            for query in ["%", "%zz=%", "a=%ff&b=%C3", "%00", "&&&", "=", "a=1&a=2", "a=é", "a+b=%2", "100%"] {
                for path in ["/", "/health", "/live", "/chat.js", "/avatars/ada.svg"] {
                    #expect(try await server.get("\(path)?\(query)").status == 200, "\(path)?\(query)")
                }
                #expect(try await server.get("/nothing?\(query)").status == 404)
                #expect(try await server.upgrade(query) == 101, "\(query)")
            }
            await server.stop()
        }

        @Test("a name is what forms make of it; a bad room, or a name that is none, is still a bad request")
        func names() async throws {
            let server = try await TestServer.start(.embedded)
            for (query, name) in [
                ("name=Ada+100%", "Ada 100%"), ("name=caf%E9", "caf\u{FFFD}"), ("name=%C3%A9", "é"),
                ("name=a%zz", "a%zz"),
                ("name=first&name=second", "first"), ("name=%2B", "+"),
            ] {
                let raw = try await RawConnection.connect(to: server.port)
                await raw.send(server.upgradeRequest("room=tea&\(query)"))
                let text = try await raw.received("the welcome") { $0.contains("\"limits\"") }
                #expect(text.contains("\"username\":\"\(name)\""), "\(query): \(text)")
                await raw.close()
            }
            for query in [
                "room=%", "room=a%20b", "room=%ff", "room=a+b", "room=a%&room=ok", "name=a%00b", "name=a%0d%0ab",
            ] {
                #expect(try await server.upgrade(query) == 400, "\(query)")
            }
            #expect(try await server.upgrade("room=ok&room=a%&token=%ff&epoch=%&after=%") == 101)
            await server.stop()
        }

        @Test("OPTIONS of the server and of all that it has is 204 with Allow; of what it hasn't, 404")
        func options() async throws {
            let server = try await TestServer.start(.embedded) { $0.tellsMetrics = true }
            for target in ["*", "/", "/health", "/live", "/metrics", "/chat.js", "/avatars/ada.svg", "/?a=%"] {
                let text = try await answer(server, request("OPTIONS \(target) HTTP/1.1"))
                #expect(
                    text.hasPrefix("HTTP/1.1 204 ") && text.contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"), "\(target)")
                #expect(text.hasSuffix("\r\n\r\n") && !text.contains("Content-Length"))
            }
            let text = try await answer(server, request("OPTIONS /ws HTTP/1.1"))
            #expect(text.hasPrefix("HTTP/1.1 204 ") && text.contains("\r\nAllow: GET, OPTIONS\r\n"))
            #expect(try await answer(server, request("OPTIONS /nothing HTTP/1.1")).hasPrefix("HTTP/1.1 404 "))
            await server.stop()
        }

        @Test("bodies are read and dropped; those that are malformed or too large are refused")
        func bodies() async throws {
            let server = try await TestServer.start(.embedded)
            let chunked = "5\r\nhello\r\n0\r\n\r\n"
            for (line, field, body, status) in [
                ("GET /health HTTP/1.1", "Transfer-Encoding: chunked", chunked, "200"),
                ("GET / HTTP/1.1", "Content-Length: 5", "hello", "200"),
                ("HEAD /chat.js HTTP/1.1", "Transfer-Encoding: chunked", chunked, "200"),
                ("POST /health HTTP/1.1", "Transfer-Encoding: chunked", chunked, "405"),
                ("OPTIONS / HTTP/1.1", "Content-Length: 5", "hello", "204"),
                ("GET /health HTTP/1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked", chunked, "400"),
                ("GET /health HTTP/1.1", "Transfer-Encoding: chunked", "5\r\nhello!\r\n", "400"),
                ("GET /health HTTP/1.1", "Content-Length: 1000000", "", "413"),
                ("GET /health HTTP/1.1", "Transfer-Encoding: chunked", "FFFFFF\r\n", "413"),
            ] {
                let text = try await answer(server, request(line, field) + body)
                #expect(text.dropFirst(9).prefix(3) == status, "\(line), \(field): \(text.prefix(80))")
                #expect(text.contains("\r\nDate: "))
            }
            await server.stop()
        }

        @Test("a target in absolute form is whom the client means, whatever Host says")
        func absoluteForm() async throws {
            let server = try await TestServer.start(.embedded)
            let upgrade = server.upgradeRequest("room=tea", headers: "Origin: http://chat.localhost\r\n")
            for (target, status) in [
                ("http://chat.localhost", "101"), ("ws://chat.localhost:80", "101"), ("http://chat.localhost:", "101"),
                ("http://chat.localhost:81", "403"), ("http://other.localhost", "403"), ("http://evil.example", "421"),
            ] {
                let raw = try await RawConnection.connect(to: server.port)
                await raw.send(upgrade.replacing("GET /ws", with: "GET \(target)/ws"))
                let answer = try await raw.received("the head of the answer") { $0.contains("\r\n\r\n") }
                #expect(answer.dropFirst(9).prefix(3) == status, "\(target)")
                await raw.close()
            }
            await server.stop()
        }
    }
}
