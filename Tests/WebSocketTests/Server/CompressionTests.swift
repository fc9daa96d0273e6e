import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite("Compression on a server", .timeLimit(.minutes(2)))
struct CompressionTests {
    private static let compressing: WebSocketConfiguration = {
        var configuration = WebSocketConfiguration()
        configuration.compression = PerMessageDeflate.Options()
        return configuration
    }()

    private static let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

    private func peer(_ server: TestServer, _ fields: String...) async throws -> RawPeer {
        try await RawPeer.upgraded(to: server.address, fields: fields, on: server.server.group.next())
    }

    /// The first byte of each frame behind the head, RSV1 included, and its payload.
    private func frames(_ bytes: [UInt8]) -> [(first: UInt8, payload: [UInt8])] {
        var rest = bytes[(bytes.endOfHead ?? bytes.count)...]
        let rules = FrameHeader.Rules(requiresMask: false, reservedBits: .rsv1, payloadLimit: .max)
        var frames: [(first: UInt8, payload: [UInt8])] = []
        while let header = rest.withUnsafeBytes({ try? FrameHeader.parse($0, rules: rules) }),
            rest.count >= header.encodedSize + header.payloadLength
        {
            let body = rest.dropFirst(header.encodedSize)
            frames.append((rest.first ?? 0, Array(body.prefix(header.payloadLength))))
            rest = body.dropFirst(header.payloadLength)
        }
        return frames
    }

    private func inflated(_ payload: [UInt8]) throws -> String {
        var inflater = Inflater()
        var output: [UInt8] = []
        try payload.withUnsafeBytes { try inflater.inflate($0, into: &output, limit: 1 << 20) }
        try inflater.endMessage(into: &output, limit: 1 << 20)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("without the setting every offer is declined, and nothing is compressed")
    func off() async throws {
        try await TestServer.run { server in
            let peer = try await peer(server, Self.offer)
            let text = String(repeating: "echo ", count: 100)
            await peer.send(Client.text(text))
            #expect(try await peer.receiveFrames(1) == [.text(text)])
            #expect(try await !peer.receiveHead().contains("Extensions"))
        }
    }

    @Test("a malformed list of extensions is answered with 400")
    func malformed() async throws {
        try await TestServer.run(Self.compressing) { server in
            let peer = try await server.peer()
            await peer.send(handshakeRequest(fields: ["Sec-WebSocket-Extensions: permessage-deflate;"]))
            #expect(try await peer.receiveTextToEnd().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("long messages go out compressed, short ones and those that don't shrink as they are")
    func echo() async throws {
        try await TestServer.run(Self.compressing) { server in
            let peer = try await peer(server, Self.offer)
            #expect(
                try await peer.receiveHead().contains(
                    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
                ))
            var generator = SeededGenerator(seed: 1)
            let random = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let (long, short) = (String(repeating: "echo ", count: 100), String(repeating: "s", count: 255))
            await peer.send(Client.text(long) + Client.text(short) + Client.binary(random) + Client.text(long))
            let bytes = try await peer.receive("four answers") { [self] in frames($0).count == 4 }
            let answers = frames(bytes)
            #expect(answers.map(\.first) == [0xC1, 0x81, 0x82, 0xC1])
            #expect(try inflated(answers[0].payload) == long && inflated(answers[3].payload) == long)
            // Each for itself: the second is no shorter for having followed the first.
            #expect(answers[0].payload == answers[3].payload)
            #expect(answers[1].payload == Array(short.utf8) && answers[2].payload == random)
        }
    }

    @Test("a broadcast is compressed once for each window, and is the same bytes for all who share it")
    func broadcast() async throws {
        let text = (0..<100).map { "{\"number\":\($0)}" }.joined()
        let handler = TestHandler(onOpened: { session, _, loop in
            session.neighbours.topics.subscribe(session, to: "all", on: loop)
        }
        )
        try await TestServer.run(Self.compressing, handler) { server in
            let plain = try await peer(server)
            let wide = [try await peer(server, Self.offer), try await peer(server, Self.offer)]
            let narrow = try await peer(
                server, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8")
            try await server.sessions(4)
            let frame = SharedFrame.text(text.utf8, mark: 5, isCompressible: true)
            server.server.publish(frame, to: "all")
            #expect(try await plain.receiveFrames(1) == [.text(text)])
            var payloads: [[UInt8]] = []
            for peer in wide + [narrow] {
                let bytes = try await peer.receive("the broadcast") { [self] in frames($0).count == 1 }
                #expect(frames(bytes)[0].first == 0xC1)
                #expect(try inflated(frames(bytes)[0].payload) == text)
                payloads.append(frames(bytes)[0].payload)
            }
            #expect(payloads[0] == payloads[1])
            let compressor = MessageCompressor(threshold: 0)
            let once = frame.bytes(windowBits: 15, by: compressor)
            #expect(once === frame.bytes(windowBits: 15, by: compressor) && once.mark == 5)
            #expect(once !== frame.bytes(windowBits: 8, by: compressor))
        }
    }
}
