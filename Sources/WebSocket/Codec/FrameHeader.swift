/// The header of a frame: RFC 6455 §5.2.
public struct FrameHeader: Sendable, Hashable {
    /// The longest header: two bytes, a 64-bit length, a masking key.
    public static let maximumSize = 14
    /// The longest payload of a control frame in bytes (RFC 6455 §5.5).
    public static let controlPayloadLimit = 125

    /// FIN: whether this is the message's last fragment.
    public var isFinal: Bool
    /// RSV1–3, all clear unless an extension was negotiated.
    public var reservedBits: ReservedBits
    /// What the frame carries.
    public var opcode: Opcode
    /// The key the payload is masked with; nil for a frame without a mask.
    public var maskingKey: MaskingKey?
    /// The payload's length in bytes, never negative.
    public var payloadLength: Int

    /// A header as given; nothing is checked.
    public init(
        opcode: Opcode,
        payloadLength: Int,
        isFinal: Bool = true,
        reservedBits: ReservedBits = [],
        maskingKey: MaskingKey? = nil
    ) {
        self.isFinal = isFinal
        self.reservedBits = reservedBits
        self.opcode = opcode
        self.maskingKey = maskingKey
        self.payloadLength = payloadLength
    }

    /// The header's own size in bytes, 2 to 14.
    public var encodedSize: Int {
        let length = payloadLength < 126 ? 0 : payloadLength <= 0xFFFF ? 2 : 8
        return 2 + length + (maskingKey == nil ? 0 : 4)
    }

    /// Appends the header in its only valid encoding, the shortest.
    public func append(to bytes: inout [UInt8]) {
        bytes.append((isFinal ? 0x80 : 0) | reservedBits.rawValue | opcode.rawValue)
        let maskBit: UInt8 = maskingKey == nil ? 0 : 0x80
        switch payloadLength {
        case ..<126:
            bytes.append(maskBit | UInt8(clamping: payloadLength))
        case ...0xFFFF:
            bytes.append(maskBit | 126)
            Self.append(UInt16(truncatingIfNeeded: payloadLength), to: &bytes)
        default:
            bytes.append(maskBit | 127)
            Self.append(UInt64(payloadLength), to: &bytes)
        }
        if let maskingKey { Self.append(maskingKey.rawValue, to: &bytes) }
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
