import HTTP
import TestSupport
import Testing

@Suite("Origin policy")
struct OriginPolicyTests {
    func allows(_ policy: OriginPolicy?, origin: String?, host: String = "chat.example") throws -> Bool {
        let fields = ["Host: \(host)"] + (origin.map { ["Origin: \($0)"] } ?? [])
        let head = "GET /ws HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
        let request = try #require(try parseRequest([Array(head.utf8)]).request)
        return try #require(policy).allows(request)
    }

    @Test(
        "pages of the same host and port are let in, whatever the scheme and case",
        arguments: [
            ("https://chat.example", "chat.example"), ("http://chat.example", "chat.example"),
            ("HTTPS://Chat.EXAMPLE", "chat.example"), ("https://chat.example", "CHAT.example"),
            ("https://chat.example:443", "chat.example"), ("https://chat.example", "chat.example:443"),
            ("http://chat.example", "chat.example:80"), ("http://chat.example:80", "chat.example"),
            ("http://chat.example:3000", "chat.example:3000"), ("https://chat.example:3000", "chat.example:3000"),
            ("http://127.0.0.1:3000", "127.0.0.1:3000"), ("http://[::1]:3000", "[::1]:3000"),
            ("https://chat.example:", "chat.example"), ("http://chat.example", "chat.example:"),
            ("https://chat.example:443", "chat.example:"), ("http://chat.example:", "chat.example:80"),
        ]
    )
    func sameOrigin(_ origin: String, _ host: String) throws {
        #expect(try allows(.sameOrigin, origin: origin, host: host))
    }

    @Test(
        "pages from elsewhere are refused: suffix, prefix, port, and what is no origin at all",
        arguments: [
            ("https://evil.example", "chat.example"), ("https://chat.example.evil", "chat.example"),
            ("https://evil-chat.example", "chat.example"), ("https://evilchat.example", "chat.example"),
            ("https://chat.exampl", "chat.example"), ("https://chat.examplee", "chat.example"),
            ("https://sub.chat.example", "chat.example"), ("https://example", "chat.example"),
            ("https://chat.example@evil.example", "chat.example"),
            ("https://evil.example/chat.example", "chat.example"),
            ("https://chat.example/", "chat.example"), ("https://chat.example:8443", "chat.example"),
            ("https://chat.example", "chat.example:8443"), ("https://chat.example:80", "chat.example"),
            ("http://chat.example:443", "chat.example"), ("http://chat.example", "chat.example:443"),
            ("https://chat.example.", "chat.example"), ("https://chat.example https://evil.example", "chat.example"),
            ("chat.example", "chat.example"), ("//chat.example", "chat.example"), ("://chat.example", "chat.example"),
            ("https:chat.example", "chat.example"), ("https://", "chat.example"), ("", "chat.example"),
            ("null", "chat.example"), ("null", "null"), ("NULL", "chat.example"), ("file://", "chat.example"),
            ("https://chat.example::", "chat.example"), ("https://chat.example:99999", "chat.example"),
            ("https://chat.example?x", "chat.example"), ("https://chat.example#x", "chat.example"),
            ("chrome-extension://chat.example", "chat.example"), ("https://*", "chat.example"), ("*", "chat.example"),
        ]
    )
    func otherOrigin(_ origin: String, _ host: String) throws {
        #expect(!(try allows(.sameOrigin, origin: origin, host: host)))
    }

    @Test("a request without an origin isn't a browser's, and is let in")
    func noOrigin() throws {
        #expect(try allows(.sameOrigin, origin: nil))
        #expect(try allows(OriginPolicy(allowing: ["https://a.example"]), origin: nil))
        #expect(try allows(OriginPolicy(allowing: []), origin: nil))
    }

    @Test("a list lets in exactly what it names: scheme, host and port")
    func list() throws {
        let policy = OriginPolicy(allowing: ["https://A.example", "http://b.example:8080"])
        for origin in ["https://a.example", "HTTPS://A.EXAMPLE", "https://a.example:443", "http://b.example:8080"] {
            #expect(try allows(policy, origin: origin))
        }
        for origin in [
            "http://a.example", "https://a.example:8443", "http://b.example", "https://b.example:8080",
            "https://a.example.evil", "https://evila.example", "https://chat.example", "null",
        ] {
            #expect(!(try allows(policy, origin: origin)), "\(origin)")
        }
    }

    @Test(
        "pages of apps can be listed by their own schemes, with a host or without",
        arguments: [
            "capacitor://localhost", "ionic://localhost", "app://localhost", "app://-", "app://.", "file://",
            "tauri://localhost",
            "vscode-webview://1a2b-3c", "moz-extension://0af1-22", "chrome-extension://abcdefgh", "FILE://",
            "app://Local:8080",
        ])
    func apps(_ origin: String) throws {
        let policy = OriginPolicy(allowing: [origin])
        #expect(try allows(policy, origin: origin))
        #expect(try allows(policy, origin: origin.lowercased()))
        for other in [
            "null", "http://localhost", "https://localhost", "file://x", "app://other", "capacitor://localhost:1",
        ] {
            #expect(!(try allows(policy, origin: other)), "\(other)")
        }
        #expect(!(try allows(.sameOrigin, origin: origin, host: "localhost")))
    }

    @Test("the words of a list: any, null and same-origin")
    func words() throws {
        #expect(try allows(OriginPolicy(allowing: ["*"]), origin: "https://evil.example"))
        #expect(try allows(.any, origin: "null"))
        #expect(try allows(OriginPolicy(allowing: ["null"]), origin: "null"))
        #expect(!(try allows(OriginPolicy(allowing: ["null"]), origin: "https://chat.example")))
        #expect(try allows(OriginPolicy(allowing: ["same-origin", "null"]), origin: "https://chat.example"))
    }

    @Test(
        "a list with something else in it is no policy",
        arguments: [
            "", "a.example", "https://a.example/", "https://*.a", "https://", "wss://", "file:///", "file:", "://",
            "app:///x",
        ]
    )
    func badList(_ entry: String) {
        #expect(OriginPolicy(allowing: ["https://fine.example", entry]) == nil)
    }

    @Test("two origins are refused")
    func twoOrigins() throws {
        let both = try request(
            "GET / HTTP/1.1", "Host: x", "Origin: http://x", "Origin: http://evil"
        )
        #expect(!OriginPolicy.sameOrigin.allows(both))
    }
}
