import TestSupport
import Testing

@testable import WebSocket

@Suite("permessage-deflate: messages")
struct CompressedMessageTests {
    private static func agreed(_ offer: String = "permessage-deflate", takeover: Bool = false) -> PerMessageDeflate? {
        var options = PerMessageDeflate.Options()
        options.allowsClientContextTakeover = takeover
        let offers = ExtensionOffer.all(in: ["Sec-WebSocket-Extensions": offer]) ?? []
        return PerMessageDeflate.negotiate(offers, options)
    }

    /// Expects the same outcome however the bytes are cut.
    private func expect(
        _ bytes: [UInt8], limits: ConnectionProtocol.Limits = .init(), takeover: Bool = false,
        gives events: [ConnectionProtocol.Event] = [], then violation: ProtocolViolation? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for feeding in everyFeeding(of: bytes) {
            let outcome = Outcome(feeding: feeding, limits: limits, compression: Self.agreed(takeover: takeover))
            #expect(outcome == Outcome(events, violation), sourceLocation: sourceLocation)
        }
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var deflater = Deflater()
        var output: [UInt8] = []
        bytes.withUnsafeBytes { deflater.deflate($0, into: &output) }
        return output
    }

    @Test(
        "the examples of RFC 7692 §7.2.3 are understood",
        arguments: ["f248cdc9c90700", "000500faff48656c6c6f00", "f348cdc9c9070000", "f248050000 00ffffcac9c90700"])
    func examples(_ payload: String) {
        expect(clientFrame(0xC1, hex(payload)), gives: [.message(.text("Hello"))])
    }

    @Test("a compressed message may be cut into fragments anywhere, with control frames between them")
    func fragments() {
        let payload = hex("f248cdc9c90700")
        for split in 0...payload.count {
            let bytes =
                clientFrame(0x41, Array(payload[..<split])) + clientFrame(0x89, [7])
                + clientFrame(0x80, Array(payload[split...]))
            expect(bytes, gives: [.ping([7]), .message(.text("Hello"))])
        }
    }

    @Test("compressed and plain messages take turns, empty ones too")
    func mixed() {
        expect(
            clientFrame(0xC1, [0x00]) + clientFrame(0x81, [0x61]) + clientFrame(0xC2, hex("f248cdc9c90700"))
                + clientFrame(0x82, []),
            gives: [
                .message(.text("")), .message(.text("a")), .message(.binary(Array("Hello".utf8))),
                .message(.binary([])),
            ])
    }

    @Test("a message may refer back to earlier ones only where that was agreed on")
    func takeover() {
        let first = clientFrame(0xC1, hex("f248cdc9c90700"))
        let second = clientFrame(0xC1, hex("f200110000"))
        expect(first + second, takeover: true, gives: [.message(.text("Hello")), .message(.text("Hello"))])
        expect(first + second, gives: [.message(.text("Hello"))], then: .corruptCompression)
    }

    @Test("RSV1 is refused on continuations and control frames, and where nothing was agreed on")
    func reservedBit() {
        expect(clientFrame(0x41, [0xF2]) + clientFrame(0xC0, [0x48]), then: .reservedBits)
        for first: UInt8 in [0xC8, 0xC9, 0xCA] { expect(clientFrame(first, []), then: .reservedBits) }
        for bits: UInt8 in [0x10, 0x20] { expect(clientFrame(0xC1 | bits, [0x00]), then: .reservedBits) }
        #expect(Outcome(feeding: [clientFrame(0xC1, [0x00])]) == Outcome([], .reservedBits))
    }

    @Test("what isn't DEFLATE, or ends in the middle of a block, is refused with 1007")
    func corrupt() {
        expect(clientFrame(0xC1, [0xFF, 0xFF]), then: .corruptCompression)
        expect(clientFrame(0xC1, [0xF2, 0x48]), then: .corruptCompression)
        expect(clientFrame(0xC1, []), then: .corruptCompression)
        #expect(ProtocolViolation.corruptCompression.closeCode == .invalidPayload)
    }

    @Test("bad UTF-8 in a compressed text is refused, before its end where it shows before")
    func invalidText() {
        expect(clientFrame(0xC1, Self.deflated([0x61, 0xC3, 0x28])), then: .invalidUTF8)
        expect(clientFrame(0xC1, Self.deflated([0x61, 0xC3])), then: .invalidUTF8)
        // The whole of a fragment is there, and the message isn't at its end.
        let stored: [UInt8] = [0x00, 0x03, 0x00, 0xFC, 0xFF, 0x61, 0xF4, 0x90]
        #expect(
            Outcome(feeding: [clientFrame(0x41, stored)], compression: Self.agreed()) == Outcome([], .invalidUTF8))
    }

    @Test("which of two faults is reported doesn't depend on how the message arrived")
    func twoFaults() {
        let stored: [UInt8] = [0x00, 0x03, 0x00, 0xFC, 0xFF, 0x61, 0xFF, 0x61]
        expect(clientFrame(0xC1, stored), limits: .init(messageSize: 2), then: .invalidUTF8)
        expect(clientFrame(0xC1, stored + [0x06]), then: .invalidUTF8)
        expect(clientFrame(0xC1, stored.map { $0 == 0xFF ? 0x61 : $0 } + [0x06]), then: .corruptCompression)
    }

    @Test("the largest of all limits is one")
    func noLimit() {
        expect(
            clientFrame(0xC1, hex("f248cdc9c90700")), limits: .init(messageSize: .max),
            gives: [.message(.text("Hello"))])
    }

    @Test("the size limit holds for what a message inflates to: a bomb is refused while it inflates")
    func bomb() {
        let zeros = Self.deflated([UInt8](repeating: 0, count: 10_000_000))
        #expect(zeros.count < 20_000)
        let outcome = Outcome(
            feeding: [clientFrame(0xC2, zeros)], limits: .init(messageSize: 65_536), compression: Self.agreed())
        #expect(outcome == Outcome([], .messageTooBig))
    }

    @Test("a message of exactly the limit passes, compressed or not, even where compression makes it longer")
    func exactly() {
        var generator = SeededGenerator(seed: 7)
        let random = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let bytes = clientFrame(0xC2, Self.deflated(random))
        for (limit, violation) in [(4_096, nil), (4_095, ProtocolViolation.messageTooBig)] {
            let outcome = Outcome(
                feeding: [bytes], limits: .init(messageSize: limit), compression: Self.agreed())
            #expect(outcome == Outcome(violation == nil ? [.message(.binary(random))] : [], violation))
        }
    }
}
