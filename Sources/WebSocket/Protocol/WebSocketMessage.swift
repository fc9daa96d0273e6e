/// A whole message, its fragments joined: RFC 6455 §5.6.
public enum WebSocketMessage: Sendable, Hashable {
    /// Text, which was checked to be UTF-8.
    case text(String)
    /// Bytes of any kind.
    case binary([UInt8])

    /// The message as one unfragmented frame; a client gives a masking key.
    public func encoded(maskingKey: MaskingKey? = nil) -> EncodedFrame {
        switch self {
        case .text(let text): .text(text, maskingKey: maskingKey)
        case .binary(let payload): .binary(payload, maskingKey: maskingKey)
        }
    }
}
