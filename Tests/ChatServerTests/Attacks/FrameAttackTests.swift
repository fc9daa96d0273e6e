import TestSupport
import Testing
import WebSocket

extension LiveTests {
    @Suite("Attacks with frames")
    struct FrameAttackTests {
        private static let key: [UInt8] = [1, 2, 3, 4]

        private static func header(_ first: UInt8, length: UInt64) -> [UInt8] {
            [first, 0xFF] + (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(56 - 8 * $0)) } + key
        }

        /// What the server closes with, when it has been sent these bytes and nothing behind them.
        private func close(_ victim: Victim, after bytes: [UInt8]) async throws -> CloseCode? {
            let peer = try await victim.upgraded()
            await peer.send(bytes)
            return try await peer.receiveFramesToEnd().last?.closeCode
        }

        @Test("a length over the limit is refused from the header alone, whatever it is")
        func lengths() async throws {
            try await Victim.run { victim in
                let lengths: [UInt64] = [65_537, 1 << 31, 1 << 32, 1 << 62, 1 << 63 - 1]
                for length in lengths {
                    let code = try await close(victim, after: Self.header(0x82, length: length))
                    #expect(code == .messageTooBig)
                }
                for length in [1 << 63, UInt64.max] {
                    let code = try await close(victim, after: Self.header(0x82, length: length))
                    #expect(code == .protocolError)
                }
                #expect(try await victim.metric("websocket_closes_total{code=\"1009\"}") == lengths.count)
                #expect(try await victim.metric("websocket_closes_total{code=\"1002\"}") == 2)
            }
        }

        @Test("fragments count towards the same limit, and so do their sums that overflow")
        func sums() async throws {
            try await Victim.run { victim in
                let half = Client.fragment(.binary, String(repeating: "x", count: 40_000))
                for rest in [[0x00, 0xFE, 0x9C, 0x40] + Self.key, Self.header(0x00, length: 1 << 63 - 1)] {
                    let code = try await close(victim, after: half + rest)
                    #expect(code == .messageTooBig)
                }
            }
        }

        @Test("65,000 fragments of a byte are refused at the limit, and take no memory")
        func fragments() async throws {
            try await Victim.run { victim in
                let before = try victim.memory()
                let bytes =
                    Client.fragment(.text, "x") + (0..<65_000).flatMap { _ in Client.fragment(.continuation, "x") }
                #expect(try await close(victim, after: bytes) == .policyViolation)
                #expect(try await victim.metric("websocket_closes_total{code=\"1008\"}") == 1)
                let growth = try victim.memory() - before
                print("65,000 one-byte fragments: \(growth / 1024) KiB")
                #expect(!Victim.canMeasureMemory || growth < 4 << 20)
            }
        }

        @Test("nothing that was never there comes back: pongs and closes carry exactly the bytes they should")
        func exactBytes() async throws {
            try await Victim.run { victim in
                let peer = try await victim.upgraded()
                for length in [0, 1, 124, 125] {
                    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                    await peer.send(Client.ping(payload))
                    try await peer.receiveFrames("the pong") { $0.contains(.pong(payload)) }
                }
                await peer.send(
                    EncodedFrame.close(.normalClosure, reason: "so long", maskingKey: Client.sampleKey).bytes)
                let last = try await peer.receiveFramesToEnd().last
                #expect(last == ServerFrame(opcode: .close, payload: [0x03, 0xE8]))
            }
        }

        @Test("JSON nested 30,000 deep, and other things no client says, are refused by a word; the connection stays")
        func nesting() async throws {
            try await Victim.run("--rate", "0") { victim in
                let peer = try await victim.upgraded("deep")
                try await peer.receiveFrames("the join's end") { $0.contains { $0.text.contains("member_add") } }
                let texts = [
                    String(repeating: "[", count: 30_000), String(repeating: "{\"topic\":", count: 6_000),
                    "{\"topic\":\"send\",\"data\":" + String(repeating: "[", count: 30_000)
                        + String(repeating: "]", count: 30_000) + "}",
                    "{\"topic\":\"send\",\"data\":1e999}", "null", "\"\\ud800\"",
                    "{\"topic\":\"history\",\"data\":{\"before\":1e400}}",
                    "{\"topic\":\"history\",\"data\":{\"limit\":9223372036854775808}}",
                    String(repeating: "9", count: 60_000),
                ]
                for text in texts { await peer.send(Client.text(text)) }
                let frames = try await peer.receiveFrames("an answer to each") { frames in
                    frames.count { $0.text.contains("\"error\"") } == texts.count
                }
                #expect(!frames.contains { $0.opcode == .close })
                let refused = try await victim.metric("chat_errors_total{code=\"bad_request\"}")
                #expect(refused == texts.count)
            }
        }

        @Test("who answers neither pings nor a Close is given up after their times, and counted")
        func silence() async throws {
            let times = ("0.3", "0.3")
            try await Victim.run("--ping-interval", times.0, "--pong-timeout", times.0, "--close-timeout", times.1) {
                victim in
                let mute = try await victim.upgraded("mute")
                try await mute.receiveToEnd()
                #expect(try await victim.metric("websocket_silent_peers_total") == 1)
                // A binary message is answered with Close 1003; this peer says that it lives, and nothing else.
                let stubborn = try await RawPeer.connect(
                    to: victim.address,
                    sending: [Array(handshakeRequest(target: "/ws?room=stubborn").utf8), Client.binary([1])]
                        + [[UInt8]](repeating: Client.ping(), count: 100), every: .milliseconds(100))
                #expect(try await stubborn.receiveFramesToEnd().last?.closeCode == .unsupportedData)
                try await eventually("it is counted") { try await victim.metric("websocket_slow_closes_total") == 1 }
                #expect(try await victim.metric("websocket_closes_total{code=\"1003\"}") == 1)
            }
        }

        @Test("more than the rate is refused and counted, and others don't feel it")
        func rate() async throws {
            try await Victim.run("--rate", "5") { victim in
                let peer = try await victim.upgraded("fast")
                try await peer.receiveFrames("the join's end") { $0.contains { $0.text.contains("member_add") } }
                let send = Client.text("{\"topic\":\"send\",\"data\":\"x\"}")
                await peer.send((0..<1_000).flatMap { _ in send })
                try await peer.receiveFrames("an answer to each") { frames in
                    frames.count { $0.text.contains("\"rate_limited\"") || $0.text.contains("\"topic\":\"messages\"") }
                        >= 1_000
                }
                #expect(try await victim.metric("chat_errors_total{code=\"rate_limited\"}") >= 980)
            }
        }
    }
}
