import TestSupport
import Testing
import WebSocket

@Suite("Encoded frames")
struct EncodedFrameTests {
    @Test("the examples of RFC 6455 §5.7 are encoded to the letter")
    func examples() throws {
        #expect(EncodedFrame.text("Hello").bytes == (try Fixture.hexBytes("frames/text-unmasked.hex")))
        #expect(
            EncodedFrame.text("Hello", maskingKey: sampleKey).bytes == (try Fixture.hexBytes("frames/text-masked.hex"))
        )
        let fragments = [
            EncodedFrame(opcode: .text, payload: "Hel".utf8, isFinal: false),
            EncodedFrame(opcode: .continuation, payload: "lo".utf8),
        ]
        #expect(fragments.flatMap(\.bytes) == (try Fixture.hexBytes("frames/text-fragmented-unmasked.hex")))
        #expect(EncodedFrame.ping("Hello".utf8).bytes == (try Fixture.hexBytes("frames/ping-unmasked.hex")))
        #expect(
            EncodedFrame.pong("Hello".utf8, maskingKey: sampleKey).bytes
                == (try Fixture.hexBytes("frames/pong-masked.hex"))
        )
        #expect(EncodedFrame.binary([UInt8](repeating: 0, count: 256)).bytes.starts(with: hex("827e0100")))
        #expect(
            EncodedFrame.binary([UInt8](repeating: 0, count: 65_536)).bytes.starts(with: hex("827f0000000000010000"))
        )
    }

    @Test("a close frame carries its code and reason")
    func close() {
        #expect(EncodedFrame.close(.goingAway, reason: "bye").bytes == hex("8805 03e9 627965"))
        #expect(EncodedFrame.close(.normalClosure).bytes == hex("8802 03e8"))
        #expect(EncodedFrame.close(nil, reason: "dropped").bytes == hex("8800"))
    }

    @Test(
        "a close code that no frame may carry becomes an empty close",
        arguments: [CloseCode.noStatusReceived, .abnormalClosure, .tlsHandshake, CloseCode(rawValue: 0)]
    )
    func unsendableCode(_ code: CloseCode) {
        #expect(EncodedFrame.close(code, reason: "dropped").bytes == hex("8800"))
    }

    @Test("a long reason is cut to at most 123 bytes, between two characters", arguments: ["x", "é", "€", "🙂"])
    func longReason(_ character: String) {
        let size = character.utf8.count
        for prefix in 0..<4 {
            let text = String(repeating: "x", count: prefix) + String(repeating: character, count: 200)
            let bytes = EncodedFrame.close(.normalClosure, reason: text).bytes
            let reason = bytes[4...]
            #expect(reason.count <= 123 && reason.count > 123 - size)
            #expect(Int(bytes[1]) == reason.count + 2)
            #expect(String(validating: reason, as: UTF8.self).map(text.hasPrefix) == true)
        }
        let fitting = String(repeating: "x", count: 123)
        #expect(EncodedFrame.close(.normalClosure, reason: fitting).bytes.count == 127)
    }

    @Test("ping and pong payloads are cut to 125 bytes")
    func longControl() {
        #expect(EncodedFrame.ping([UInt8](repeating: 1, count: 126)).bytes.count == 127)
        #expect(EncodedFrame.pong([UInt8](repeating: 1, count: 125)).bytes.count == 127)
    }
}
