/// What a frame carries: RFC 6455 §5.2, §11.8. The opcodes 3–7 and 11–15 are reserved and have no case.
public enum Opcode: UInt8, Sendable, Hashable, CaseIterable {
    /// A further fragment of the message under way.
    case continuation = 0x0
    /// A text message, or its first fragment.
    case text = 0x1
    /// A binary message, or its first fragment.
    case binary = 0x2
    /// The close handshake's frame.
    case close = 0x8
    /// A question whether the peer still lives.
    case ping = 0x9
    /// The answer to a ping, or a heartbeat nobody asked for.
    case pong = 0xA

    /// Whether this is a control frame: never fragmented, at most 125 bytes (RFC 6455 §5.5).
    public var isControl: Bool { rawValue & 0x8 != 0 }
}
