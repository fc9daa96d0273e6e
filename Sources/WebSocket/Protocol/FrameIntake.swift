/// What has come of a peer's frames and isn't used up: a header, a payload, a message in fragments.
struct FrameIntake: Sendable {
    private var opcode: Opcode = .continuation
    private var decoder: FrameDecoder
    private var assembler: MessageAssembler
    /// The payload of a control frame that arrives in several pieces.
    private var control: [UInt8] = []

    init(role: ConnectionProtocol.Role, limits: ConnectionProtocol.Limits, compression: PerMessageDeflate?) {
        assembler = MessageAssembler(
            messageSize: limits.messageSize, fragments: limits.fragments, compression: compression)
        let rules = FrameHeader.Rules(
            requiresMask: role == .server, reservedBits: compression == nil ? [] : .rsv1,
            payloadLimit: assembler.longestOnTheWire)
        decoder = FrameDecoder(rules: rules)
    }

    /// Whether it is as it was made: between two messages.
    var isIdle: Bool { decoder.isBetweenFrames && !assembler.isUnderWay }

    /// A whole message, or a whole control frame.
    enum Item {
        case message(WebSocketMessage)
        case control(Opcode, [UInt8])
    }

    /// Takes the next item off the front of `input`; nil once that is used up.
    mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(ProtocolViolation) -> Item? {
        while let part = try decoder.next(from: &input) {
            switch part {
            case .header(let header):
                opcode = header.opcode
                if !opcode.isControl { try assembler.begin(header) }
            case .payload(let piece, let isEnd) where opcode.isControl:
                control.append(contentsOf: piece)
                guard isEnd else { break }
                defer { control = [] }
                return .control(opcode, control)
            case .payload(let piece, let isEnd):
                let message = try assembler.append(UnsafeRawBufferPointer(piece), isEnd: isEnd)
                if let message { return .message(message) }
            }
        }
        return nil
    }
}
