/// What a peer can do wrong once the connection is open: the one table from fault to close code and words.
///
/// The endpoint that meets one sends a Close frame with ``closeCode`` and ``reason`` and ends the connection
/// (RFC 6455 §7.1.7).
public enum ProtocolViolation: Error, Sendable, Hashable {
    /// RSV1–3 set without an extension that gives them a meaning (§5.2).
    case reservedBits
    /// An opcode nobody has defined (§5.2).
    case reservedOpcode(UInt8)
    /// A control frame without FIN (§5.5).
    case fragmentedControlFrame
    /// A control frame over 125 bytes (§5.5).
    case controlFrameTooLong
    /// A length in more bytes than it needs (§5.2).
    case nonMinimalLength
    /// A 64-bit length with its most significant bit set (§5.2).
    case lengthOverflow
    /// A client's frame without a mask (§5.1).
    case unmaskedFrame
    /// A server's frame with a mask (§5.1).
    case maskedFrame
    /// A continuation frame with no message under way (§5.4).
    case unexpectedContinuation
    /// A new message before the one under way ended (§5.4).
    case interleavedMessage
    /// A Close frame with a payload of one byte (§5.5.1).
    case truncatedCloseCode
    /// A close code that no frame may carry (§7.4).
    case invalidCloseCode(UInt16)
    /// A text message or close reason that isn't UTF-8 (§8.1).
    case invalidUTF8
    /// A frame or the sum of a message's fragments over the limit (§10.4).
    case messageTooBig
    /// More fragments in one message than allowed (§10.4).
    case tooManyFragments
    /// A compressed message that can't be inflated (RFC 7692 §7.2.2).
    case corruptCompression

    /// The code to close with: RFC 6455 §7.4.1.
    public var closeCode: CloseCode {
        switch self {
        case .reservedBits, .reservedOpcode, .fragmentedControlFrame, .controlFrameTooLong, .nonMinimalLength,
            .lengthOverflow, .unmaskedFrame, .maskedFrame, .unexpectedContinuation, .interleavedMessage,
            .truncatedCloseCode, .invalidCloseCode:
            .protocolError
        // RFC 7692 names no code; the payload is not what it says it is.
        case .invalidUTF8, .corruptCompression: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .tooManyFragments: .policyViolation
        }
    }

    /// The close reason: short words for a person, within the 123 bytes a Close frame has room for.
    public var reason: String {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .reservedOpcode(let opcode): "opcode \(opcode) is reserved"
        case .fragmentedControlFrame: "a control frame must not be fragmented"
        case .controlFrameTooLong: "a control frame carries at most 125 bytes"
        case .nonMinimalLength: "a length must be encoded in the fewest bytes"
        case .lengthOverflow: "the most significant bit of a length must be 0"
        case .unmaskedFrame: "a client's frames must be masked"
        case .maskedFrame: "a server's frames must not be masked"
        case .unexpectedContinuation: "a continuation without a message"
        case .interleavedMessage: "a new message inside an unfinished one"
        case .truncatedCloseCode: "a close code has two bytes"
        case .invalidCloseCode(let code): "close code \(code) must not be sent"
        case .invalidUTF8: "text must be UTF-8"
        case .messageTooBig: "the message is too big"
        case .tooManyFragments: "the message has too many fragments"
        case .corruptCompression: "the message can't be inflated"
        }
    }
}

extension ProtocolViolation: CustomStringConvertible {
    public var description: String { "\(reason) (\(closeCode))" }
}
