import TestSupport
import Testing
import WebSocket

@Suite("Frame decoder")
struct FrameDecoderTests {
    /// A frame put together again from its events.
    struct Frame: Equatable {
        var header: FrameHeader
        var payload: [UInt8] = []
        var isComplete = false
    }

    func decode(_ chunks: [[UInt8]], rules: FrameHeader.Rules) throws -> [Frame] {
        var decoder = FrameDecoder(rules: rules)
        var frames: [Frame] = []
        for chunk in chunks {
            try withInput(chunk) { input in
                while let event = try decoder.next(from: &input) {
                    switch event {
                    case .header(let header): frames.append(Frame(header: header))
                    case .payload(let piece, let isEnd):
                        precondition(isEnd || !piece.isEmpty, "only the last piece may be empty")
                        frames[frames.count - 1].payload += piece
                        frames[frames.count - 1].isComplete = isEnd
                    }
                }
                precondition(input.isEmpty, "nil means that the input is used up")
            }
        }
        return frames
    }

    func violation(
        _ bytes: [UInt8],
        masked: Bool = true,
        reservedBits: ReservedBits = [],
        limit: Int = .max
    ) -> ProtocolViolation? {
        let rules = FrameHeader.Rules(requiresMask: masked, reservedBits: reservedBits, payloadLimit: limit)
        var found: Set<ProtocolViolation?> = []
        for feeding in everyFeeding(of: bytes) {
            do {
                _ = try decode(feeding, rules: rules)
                found.insert(nil)
            } catch {
                found.insert(error as? ProtocolViolation)
            }
        }
        #expect(found.count == 1, "every feeding gives the same")
        return found.first ?? nil
    }

    @Test("a masked frame is unmasked, whatever pieces it comes in")
    func masked() throws {
        let bytes = hex("81 85 37fa213d 7f9f4d5158")
        for feeding in everyFeeding(of: bytes) {
            let frames = try decode(feeding, rules: .init(requiresMask: true))
            let header = FrameHeader(opcode: .text, payloadLength: 5, maskingKey: sampleKey)
            #expect(frames == [Frame(header: header, payload: Array("Hello".utf8), isComplete: true)])
        }
    }

    @Test("an empty payload ends with one empty piece", arguments: ["8180 00000000", "8980 37fa213d", "0080 01020304"])
    func emptyPayload(_ text: String) throws {
        for feeding in everyFeeding(of: hex(text)) {
            let frames = try decode(feeding, rules: .init(requiresMask: true))
            #expect(frames.count == 1)
            #expect(frames[0].isComplete && frames[0].payload.isEmpty)
        }
    }

    @Test("frames behind each other are told apart at every split", arguments: [0, 1, 7, 125, 126, 127, 300])
    func sequence(_ length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let frames = [
            EncodedFrame(opcode: .binary, payload: payload, isFinal: false, maskingKey: sampleKey),
            EncodedFrame.ping([1, 2, 3], maskingKey: MaskingKey(9, 8, 7, 6)),
            EncodedFrame(opcode: .continuation, payload: payload, maskingKey: MaskingKey(0, 0, 0, 0)),
        ]
        for feeding in everyFeeding(of: frames.flatMap(\.bytes)) {
            let decoded = try decode(feeding, rules: .init(requiresMask: true))
            #expect(decoded.map(\.payload) == [payload, [1, 2, 3], payload])
            #expect(decoded.map(\.header.opcode) == [.binary, .ping, .continuation])
            #expect(decoded.map(\.header.isFinal) == [false, true, true])
            #expect(decoded.allSatisfy { $0.isComplete })
        }
    }

    @Test(
        "each length is taken in its shortest form",
        arguments: [
            ("827d", 125), ("827e 007e", 126), ("827e ffff", 65_535), ("827f 0000000000010000", 65_536),
            ("827f 0000000080000000", 1 << 31), ("827f 0000000100000000", 1 << 32),
            ("827f 4000000000000000", 1 << 62), ("827f 7fffffffffffffff", Int.max),
        ]
    )
    func lengths(_ text: String, _ length: Int) throws {
        for feeding in everyFeeding(of: hex(text)) {
            let frames = try decode(feeding, rules: .init(requiresMask: false, payloadLimit: .max))
            #expect(frames == [Frame(header: FrameHeader(opcode: .binary, payloadLength: length))])
        }
        var encoded: [UInt8] = []
        FrameHeader(opcode: .binary, payloadLength: length).append(to: &encoded)
        #expect(encoded == hex(text))
    }

    @Test(
        "a length in more bytes than it needs is refused",
        arguments: [
            "82fe 0000", "82fe 007d", "82ff 0000000000000000", "82ff 000000000000007d", "82ff 000000000000ffff",
        ]
    )
    func nonMinimalLengths(_ text: String) {
        #expect(violation(hex(text)) == .nonMinimalLength)
    }

    @Test(
        "a length with its most significant bit set is refused",
        arguments: ["82ff 8000000000000000", "82ff 8000000000000001", "82ff ffffffffffffffff"]
    )
    func lengthOverflow(_ text: String) {
        #expect(violation(hex(text)) == .lengthOverflow)
    }

    @Test(
        "a length over the limit is refused from the header alone, before the mask is there",
        arguments: [
            "82ff 0000000000010001", "81ff 0000000080000000", "81ff 0000000100000000", "00ff 4000000000000000",
            "02ff 7fffffffffffffff",
        ]
    )
    func lengthOverLimit(_ text: String) {
        #expect(violation(hex(text), limit: 65_536) == .messageTooBig)
    }

    @Test("a payload of exactly the limit is taken, one byte more is not")
    func limitEdge() {
        #expect(violation(hex("82fe 03e8 00000000"), limit: 1_000) == nil)
        #expect(violation(hex("82fe 03e9 00000000"), limit: 1_000) == .messageTooBig)
    }

    @Test("a control frame is not measured by the limit for messages")
    func controlIgnoresLimit() {
        #expect(violation(clientFrame(0x89, Array(repeating: 1, count: 125)), limit: 10) == nil)
    }

    @Test("reserved opcodes are refused at their byte", arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func reservedOpcodes(_ opcode: UInt8) {
        #expect(violation([0x80 | opcode]) == .reservedOpcode(opcode))
    }

    @Test("reserved bits are refused at their byte", arguments: [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] as [UInt8])
    func reservedBits(_ bits: UInt8) {
        for opcode: UInt8 in [0, 1, 2, 8, 9, 10] { #expect(violation([0x80 | bits | opcode]) == .reservedBits) }
    }

    @Test("RSV1 is let through where an extension has it: on a message's first frame")
    func negotiatedReservedBit() {
        for opcode: UInt8 in [1, 2] { #expect(violation([0xC0 | opcode], reservedBits: .rsv1) == nil) }
        for opcode: UInt8 in [0, 8, 9, 10] { #expect(violation([0xC0 | opcode], reservedBits: .rsv1) == .reservedBits) }
        #expect(violation([0xE1], reservedBits: .rsv1) == .reservedBits)
    }

    @Test("a fragmented control frame is refused", arguments: [0x08, 0x09, 0x0A] as [UInt8])
    func fragmentedControl(_ first: UInt8) {
        #expect(violation([first]) == .fragmentedControlFrame)
    }

    @Test("a control frame over 125 bytes is refused at its second byte", arguments: [0x88, 0x89, 0x8A] as [UInt8])
    func longControl(_ first: UInt8) {
        #expect(violation([first, 0xFE]) == .controlFrameTooLong)
        #expect(violation([first, 0xFF]) == .controlFrameTooLong)
    }

    @Test("a mask is required from clients and refused from servers")
    func maskByRole() {
        #expect(violation([0x81, 0x00], masked: true) == .unmaskedFrame)
        #expect(violation([0x81, 0x80], masked: false) == .maskedFrame)
    }

    @Test("no first two bytes make the decoder trap, and every feeding agrees")
    func allFirstBytes() {
        var disputed: [[UInt8]] = []
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second] + [UInt8](repeating: second, count: 12)
                var found: Set<ProtocolViolation?> = []
                for feeding in [[bytes], bytes.map { [$0] }] {
                    do {
                        _ = try decode(feeding, rules: .init(requiresMask: true, payloadLimit: .max))
                        found.insert(nil)
                    } catch {
                        found.insert(error as? ProtocolViolation)
                    }
                }
                if found.count != 1 { disputed.append(bytes) }
            }
        }
        #expect(disputed.isEmpty)
    }
}
