import Foundation
import TestSupport
import Testing
import Transport
import WebSocket

extension LiveTests {
    @Suite("Attacks by DNS rebinding")
    struct RebindingAttackTests {
        private static let paths = [
            "/", "/index.html", "/chat.js", "/health", "/metrics", "/avatars/x.svg", "/nothing", "/ws",
        ]

        private func answer(_ port: UInt16, _ request: String) async throws -> String {
            let peer = try await RawPeer.connect(to: .loopback(port: port))
            await peer.send(request)
            return try await peer.receiveTextToEnd()
        }

        private func status(_ port: UInt16, _ path: String, host: String, method: String = "GET") async throws -> String
        {
            let request = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            return String(try await answer(port, request).dropFirst(9).prefix(3))
        }

        private func upgrade(_ port: UInt16, host: String, origin: String) async throws -> String {
            let peer = try await RawPeer.connect(to: .loopback(port: port))
            let request = handshakeRequest(target: "/ws", fields: ["Origin: \(origin)"])
            await peer.send(request.replacing("Host: localhost", with: "Host: \(host)"))
            return String(try await peer.receiveHead().dropFirst(9).prefix(3))
        }

        @Test("a page of another name gets 421 for every path but /live, and the log says once what to set")
        func foreignName() async throws {
            let (child, port) = try await Executable.serve("--embedded", "--metrics")
            for path in Self.paths {
                for method in ["GET", "HEAD", "POST"] {
                    #expect(
                        try await status(port, path, host: "evil.example:\(port)", method: method) == "421", "\(path)")
                }
                #expect(try await status(port, path, host: "localhost:\(port)") != "421", "\(path)")
            }
            #expect(try await status(port, "/live", host: "evil.example") == "200")
            #expect(
                try await upgrade(port, host: "evil.example:\(port)", origin: "http://evil.example:\(port)") == "421")
            let words = try await answer(port, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
            #expect(words.contains("'evil.example'") && words.contains("--hosts evil.example"), "\(words)")
            let line = try await child.line(containing: "--hosts evil.example")
            #expect(line.contains("refused") && line.contains("ALLOWED_HOSTS"))
            #expect(child.lines.count { $0.contains("evil.example") } == 1)
            try await child.end()
        }

        @Test(
            "--hosts and --origins let in the names they hold; what others can reach answers to any, unless told otherwise"
        )
        func names() async throws {
            let cases: [(flags: [String], known: [String], unknown: [String])] = [
                (
                    ["--hosts", "chat.example,b.example"], ["chat.example:80", "b.example", "127.0.0.1"],
                    ["evil.example"]
                ),
                (["--origins", "https://chat.example"], ["chat.example", "localhost"], ["evil.example"]),
                (["--hosts", "*"], ["evil.example"], []),
                (["--host", "0.0.0.0"], ["evil.example"], []),
                (["--host", "0.0.0.0", "--hosts", "chat.example"], ["chat.example", "10.0.0.1"], ["evil.example"]),
                (["--host", "127.0.0.2"], ["127.0.0.2"], ["evil.example"]),
            ]
            for (flags, known, unknown) in cases {
                let child = try await ChildProcess.start(
                    Executable.path, ["--embedded", "--port", "0"] + flags, environment: Executable.environment)
                let port = try await Executable.port(of: child)
                let address = try #require(
                    SocketAddress(numericHost: flags.contains("127.0.0.2") ? "127.0.0.2" : "127.0.0.1", port: port))
                for host in known + unknown {
                    let peer = try await RawPeer.connect(to: address)
                    await peer.send("GET /health HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                    let expected = known.contains(host) ? "200" : "421"
                    #expect(try await peer.receiveTextToEnd().dropFirst(9).prefix(3) == expected, "\(flags): \(host)")
                }
                try await child.end()
            }
        }

        @Test(
            "behind a proxy that changes Host, the log says once what was compared, and nothing of what a stranger put in"
        )
        func changedHost() async throws {
            let (child, port) = try await Executable.serve("--embedded")
            for _ in 0..<3 {
                #expect(try await upgrade(port, host: "127.0.0.1:\(port)", origin: "https://chat.example") == "403")
            }
            let line = try await child.line(containing: "https://chat.example")
            #expect(
                line.contains("'127.0.0.1:\(port)'") && line.contains("ProxyPreserveHost") && line.contains("--origins")
            )
            #expect(child.lines.count { $0.contains("chat.example") } == 1)
            try await child.end()

            let (other, second) = try await Executable.serve("--embedded")
            #expect(try await upgrade(second, host: "localhost", origin: "https://\u{9B}31mé'\u{202E}") == "403")
            try await other.line(containing: "'https://")
            #expect(!other.lines.joined().unicodeScalars.contains { !$0.isASCII })
            try await other.end()
        }

        @Test("pages of apps are let in where their origins are listed")
        func apps() async throws {
            let (child, port) = try await Executable.serve(
                "--embedded", "--origins", "file://,capacitor://localhost,app://-")
            for (origin, status) in [
                ("file://", "101"), ("capacitor://localhost", "101"), ("app://-", "101"), ("ionic://localhost", "403"),
                ("null", "403"), ("http://localhost:\(port)", "403"),
            ] {
                #expect(try await upgrade(port, host: "localhost:\(port)", origin: origin) == status, "\(origin)")
            }
            try await child.end()
        }
    }
}
