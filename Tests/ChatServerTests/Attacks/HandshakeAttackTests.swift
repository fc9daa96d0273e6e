import TestSupport
import Testing
import Transport
import WebSocket

extension LiveTests {
    @Suite("Attacks on the handshake")
    struct HandshakeAttackTests {
        private static func request(_ fields: String..., target: String = "/ws") -> String {
            handshakeRequest(target: target, fields: fields)
        }

        @Test(
            "too many, too long, folded or doubled headers: each gets its status, at once",
            arguments: [
                ("431", (0..<2_000).map { "X-\($0): 1" }),
                ("431", ["X: " + String(repeating: "x", count: 100_000)]),
                ("431", (0..<5).map { "X-\($0): " + String(repeating: "x", count: 4_000) }),
                ("400", ["X: one", " folded"]),
                ("400", ["Host: again"]),
                ("400", ["X : space before the colon"]),
                ("400", ["X: a\u{0}b"]),
                ("413", ["Content-Length: 10"]),
                ("501", ["Transfer-Encoding: chunked"]),
            ])
        func headers(_ status: String, _ fields: [String]) async throws {
            try await Victim.run { victim in
                let answer = try await victim.answer(to: handshakeRequest(target: "/ws", fields: fields))
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(60))")
                #expect(try await victim.metric("websocket_http_responses_total{status=\"\(status)\"}") == 1)
            }
        }

        @Test("the number of header fields is a setting")
        func headerCount() async throws {
            try await Victim.run("--max-header-count", "12") { victim in
                let few = handshakeRequest(target: "/ws", fields: (0..<6).map { "X-\($0): 1" })
                let peer = try await victim.peer()
                await peer.send(few)
                #expect(try await peer.receiveHead().hasPrefix("HTTP/1.1 101 "))
                let many = handshakeRequest(target: "/ws", fields: (0..<8).map { "X-\($0): 1" })
                #expect(try await victim.answer(to: many).hasPrefix("HTTP/1.1 431 "))
            }
        }

        @Test("32,000 spaces in a header cost no noticeable time")
        func spaces() async throws {
            try await Victim.run("--max-header-line", "65536", "--max-headers", "65536") { victim in
                let blank = String(repeating: " ", count: 32_000)
                let start = ContinuousClock.now
                for field in ["Connection:\(blank)x", "X: a\(blank)b", "Sec-WebSocket-Protocol: a\(blank),\(blank)b"] {
                    let peer = try await victim.peer()
                    await peer.send(handshakeRequest(target: "/ws", fields: [field]))
                    #expect(try await peer.receiveHead().contains(" 101 "))
                }
                #expect(.now - start < .seconds(2))
            }
        }

        @Test("CR and LF that a request smuggles in reach no header of the answer")
        func injection() async throws {
            try await Victim.run { victim in
                for target in [
                    "/ws?room=%0d%0aSet-Cookie:%20x=1", "/%0d%0aSet-Cookie:%20x=1", "/ws?name=a%0d%0aSet-Cookie:x",
                ] {
                    let answer = try await victim.answer(
                        to: handshakeRequest(target: target, fields: ["Connection: close"]))
                    let head = answer.split(separator: "\r\n\r\n").first ?? ""
                    #expect(!head.lowercased().contains("set-cookie"), "\(answer)")
                }
            }
        }

        @Test(
            "pages of other origins are refused: another host, a prefix, a suffix, a port, null, or two at once",
            arguments: [
                ["Origin: http://localhost.evil.example"], ["Origin: http://evil-localhost"],
                ["Origin: http://localhost:81"], ["Origin: null"], ["Origin: localhost"], ["Origin: "],
                ["Origin: http://localhost", "Origin: http://evil.example"], ["Origin: http://localhost@evil.example"],
                ["Origin: ftp://localhost"], ["Origin: http://localhost/"],
            ])
        func foreignOrigins(_ fields: [String]) async throws {
            try await Victim.run { victim in
                let answer = try await victim.answer(to: handshakeRequest(target: "/ws", fields: fields))
                #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(fields): \(answer.prefix(60))")
                #expect(try await victim.metric("websocket_http_responses_total{status=\"403\"}") == 1)
            }
        }

        @Test("this host's own pages are let in, whatever the scheme, the default port or the case")
        func ownOrigins() async throws {
            try await Victim.run { victim in
                for origin in ["http://localhost", "https://localhost", "http://localhost:80", "HTTPS://LOCALHOST:443"]
                {
                    let peer = try await victim.peer()
                    await peer.send(handshakeRequest(target: "/ws", fields: ["Origin: \(origin)"]))
                    #expect(try await peer.receiveHead().contains(" 101 "), "\(origin)")
                }
            }
        }

        @Test("5,000 connections that say nothing, and 200 that drip, are cut at the handshake timeout; memory is flat")
        func slowloris() async throws {
            let limit = System.raiseDescriptorLimit()
            try #require(limit > 11_000, "only \(limit) files may be open")
            try await Victim.run("--handshake-timeout", "3", "--close-timeout", "1") { victim in
                let before = try victim.memory()
                var silent: [RawPeer] = []
                for _ in 0..<5_000 { silent.append(try await victim.peer()) }
                let request = Array(handshakeRequest(target: "/ws").utf8)
                var dripping: [RawPeer] = []
                for _ in 0..<200 {
                    dripping.append(
                        try await RawPeer.connect(
                            to: victim.address, sending: request.dropLast(4).map { [$0] }, every: .milliseconds(500)))
                }
                try await eventually("all are taken") { try await victim.metric("chat_connections") >= 5_000 }
                let during = try victim.memory()
                try await victim.bystanderIsServed()
                for peer in silent { #expect(try await peer.receiveToEnd() == []) }
                for peer in dripping { #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 408 ")) }
                #expect(try await victim.metric("websocket_slow_handshakes_total") == 5_200)
                // Whoever asks is a connection too, as is the bystander.
                try await eventually("none is left") { try await victim.metric("chat_connections") == 2 }
                let growth = during - before
                print("5,200 half-open handshakes: \(growth / 1024) KiB, \(growth / 5_200) bytes each")
                #expect(!Victim.canMeasureMemory || growth < 5_200 * 4_096)
            }
        }

        @Test("one connection too many gets 503, one too many of an address 429, and each is counted")
        func admission() async throws {
            try await Victim.run("--max-connections", "4") { victim in
                var peers: [RawPeer] = []
                for _ in 0..<3 { peers.append(try await victim.upgraded()) }
                let refused = try await victim.peer()
                #expect(try await refused.receiveTextToEnd().hasPrefix("HTTP/1.1 503 "))
                await peers.removeLast().vanish()
                try await eventually("there is room again, and the counter is right") {
                    try await victim.metric("websocket_http_responses_total{status=\"503\"}") >= 1
                }
            }
            try await Victim.run("--max-connections-per-address", "3") { victim in
                let first = try await victim.upgraded()
                let second = try await victim.upgraded()
                let refused = try await victim.peer()
                #expect(try await refused.receiveTextToEnd().hasPrefix("HTTP/1.1 429 "))
                await first.vanish()
                try await eventually("there is room again, and the counter is right") {
                    try await victim.metric("websocket_http_responses_total{status=\"429\"}") >= 1
                }
                await second.vanish()
            }
        }
    }
}
