/// A whole frame as it goes on the wire: encoded once, sent to any number of peers.
///
/// A server's frames carry no mask. A client gives each frame a fresh ``MaskingKey`` (RFC 6455 §5.3).
public struct EncodedFrame: Sendable, Hashable {
    /// What the frame carries.
    public let opcode: Opcode
    /// Header and payload.
    public let bytes: [UInt8]

    /// Encodes a frame. The caller keeps to the rules for fragments and control frames; the functions below do so
    /// themselves.
    public init(
        opcode: Opcode,
        payload: some Collection<UInt8>,
        isFinal: Bool = true,
        reservedBits: ReservedBits = [],
        maskingKey: MaskingKey? = nil
    ) {
        let header = FrameHeader(
            opcode: opcode,
            payloadLength: payload.count,
            isFinal: isFinal,
            reservedBits: reservedBits,
            maskingKey: maskingKey
        )
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.encodedSize + header.payloadLength)
        Self.append(header, payload: payload, to: &bytes)
        self.opcode = opcode
        self.bytes = bytes
    }

    /// Appends a frame to bytes that are already there. The header's length must be the payload's.
    public static func append(_ header: FrameHeader, payload: some Collection<UInt8>, to bytes: inout [UInt8]) {
        header.append(to: &bytes)
        let start = bytes.count
        bytes.append(contentsOf: payload)
        guard let key = header.maskingKey else { return }
        bytes.withUnsafeMutableBytes {
            Masking.apply(key, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
        }
    }

    /// An unfragmented text message. The bytes must be UTF-8; they aren't checked.
    public static func text(_ utf8: some Collection<UInt8>, maskingKey: MaskingKey? = nil) -> EncodedFrame {
        EncodedFrame(opcode: .text, payload: utf8, maskingKey: maskingKey)
    }

    /// An unfragmented text message.
    public static func text(_ text: String, maskingKey: MaskingKey? = nil) -> EncodedFrame {
        EncodedFrame(opcode: .text, payload: text.utf8, maskingKey: maskingKey)
    }

    /// An unfragmented binary message.
    public static func binary(_ payload: some Collection<UInt8>, maskingKey: MaskingKey? = nil) -> EncodedFrame {
        EncodedFrame(opcode: .binary, payload: payload, maskingKey: maskingKey)
    }

    /// A ping; what goes over 125 bytes is cut off.
    public static func ping(_ payload: some Collection<UInt8> = [], maskingKey: MaskingKey? = nil) -> EncodedFrame {
        control(.ping, payload, maskingKey)
    }

    /// A pong, which answers a ping with the ping's payload; what goes over 125 bytes is cut off.
    public static func pong(_ payload: some Collection<UInt8> = [], maskingKey: MaskingKey? = nil) -> EncodedFrame {
        control(.pong, payload, maskingKey)
    }

    /// A Close frame: RFC 6455 §5.5.1.
    ///
    /// - Parameters:
    ///   - code: nil for an empty frame; so is a code that no frame may carry (1005, 1006, 1015 …).
    ///   - reason: cut at the last whole character within 123 bytes; dropped without a code.
    ///   - maskingKey: for a client.
    public static func close(
        _ code: CloseCode?,
        reason: String = "",
        maskingKey: MaskingKey? = nil
    ) -> EncodedFrame {
        guard let code, code.isValidOnTheWire else { return control(.close, [], maskingKey) }
        var payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        for scalar in reason.unicodeScalars {
            let room = FrameHeader.controlPayloadLimit - payload.count
            guard UTF8.width(scalar) <= room else { break }
            payload.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return control(.close, payload, maskingKey)
    }

    private static func control(
        _ opcode: Opcode,
        _ payload: some Collection<UInt8>,
        _ maskingKey: MaskingKey?
    ) -> EncodedFrame {
        EncodedFrame(
            opcode: opcode,
            payload: payload.prefix(FrameHeader.controlPayloadLimit),
            maskingKey: maskingKey
        )
    }
}
