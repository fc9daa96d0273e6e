extension FrameHeader {
    /// Which headers are let through: what the role and the negotiated extensions ask for.
    public struct Rules: Sendable, Hashable {
        /// Whether every frame must be masked (frames from clients) or none may be (frames from servers).
        public var requiresMask: Bool
        /// The bits an extension gave a meaning to. RSV1 is then accepted where RFC 7692 §6 has it: on the first frame
        /// of a message, never on a continuation or a control frame.
        public var reservedBits: ReservedBits
        /// The longest payload of one data frame in bytes.
        public var payloadLimit: Int

        public init(requiresMask: Bool, reservedBits: ReservedBits = [], payloadLimit: Int = 65_536) {
            self.requiresMask = requiresMask
            self.reservedBits = reservedBits
            self.payloadLimit = payloadLimit
        }
    }

    /// How long a header is whose second byte is this: 2 to 14 bytes.
    static func size(secondByte: UInt8) -> Int {
        let length =
            switch secondByte & 0x7F {
            case 126: 2
            case 127: 8
            default: 0
            }
        return 2 + length + (secondByte & 0x80 == 0 ? 0 : 4)
    }

    /// Reads the header at the start of `bytes`.
    ///
    /// A fault is reported as soon as the byte that shows it is there, whatever is still missing.
    ///
    /// - Returns: the header, whose size is its ``encodedSize``; nil while bytes are missing.
    /// - Throws: ``ProtocolViolation``, among them `messageTooBig` for a length over the limit.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer,
        rules: Rules
    ) throws(ProtocolViolation) -> FrameHeader? {
        guard let first = bytes.first else { return nil }
        let isFinal = first & 0x80 != 0
        let reserved = ReservedBits(rawValue: first)
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        guard reserved.isSubset(of: opcode == .text || opcode == .binary ? rules.reservedBits : []) else {
            throw .reservedBits
        }
        // RFC 6455 §5.5: control frames must not be fragmented.
        guard isFinal || !opcode.isControl else { throw .fragmentedControlFrame }

        guard bytes.count >= 2 else { return nil }
        let second = bytes[1]
        let isMasked = second & 0x80 != 0
        guard isMasked == rules.requiresMask else { throw isMasked ? .maskedFrame : .unmaskedFrame }
        guard let length = try payloadLength(bytes, code: second & 0x7F, opcode: opcode, rules: rules) else {
            return nil
        }

        let size = Self.size(secondByte: second)
        guard bytes.count >= size else { return nil }
        let key = isMasked ? MaskingKey(rawValue: number(bytes, at: size - 4)) : nil
        return FrameHeader(
            opcode: opcode,
            payloadLength: length,
            isFinal: isFinal,
            reservedBits: reserved,
            maskingKey: key
        )
    }

    private static func payloadLength(
        _ bytes: UnsafeRawBufferPointer,
        code: UInt8,
        opcode: Opcode,
        rules: Rules
    ) throws(ProtocolViolation) -> Int? {
        // RFC 6455 §5.5: a control frame carries at most 125 bytes.
        if opcode.isControl, code > 125 { throw .controlFrameTooLong }
        let length: UInt64
        switch code {
        case 126:
            guard bytes.count >= 4 else { return nil }
            length = UInt64(number(bytes, at: 2) as UInt16)
            // RFC 6455 §5.2: the minimal number of bytes must be used.
            guard length > 125 else { throw .nonMinimalLength }
        case 127:
            guard bytes.count >= 10 else { return nil }
            length = number(bytes, at: 2)
            // RFC 6455 §5.2: the most significant bit must be 0.
            guard length >> 63 == 0 else { throw .lengthOverflow }
            guard length > 0xFFFF else { throw .nonMinimalLength }
        default:
            length = UInt64(code)
        }
        guard let length = Int(exactly: length) else { throw .messageTooBig }
        guard opcode.isControl || length <= rules.payloadLimit else { throw .messageTooBig }
        return length
    }

    private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int
    ) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
