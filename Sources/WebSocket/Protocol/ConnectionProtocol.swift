/// One WebSocket connection after the handshake: bytes in, events out, without I/O and without a clock (RFC 6455 §5–§8).
///
/// The owner feeds what it read, answers pings with the same payload, answers a Close with ``closeReply(maskingKey:)``,
/// and says so with ``closeSent()``.
public struct ConnectionProtocol: Sendable {
    /// Which end of the connection this is: it decides who masks (§5.1).
    public enum Role: Sendable, Hashable {
        case server
        case client
    }

    /// What one message may cost.
    public struct Limits: Sendable, Hashable {
        /// The longest message in bytes, all its fragments together.
        public var messageSize: Int
        /// The most fragments of one message.
        public var fragments: Int

        public init(messageSize: Int = 65_536, fragments: Int = 1_024) {
            self.messageSize = messageSize
            self.fragments = fragments
        }
    }

    /// What the peer said.
    public enum Event: Sendable, Hashable {
        case message(WebSocketMessage)
        /// To be answered with a pong of the same payload, at most 125 bytes (§5.5.2).
        case ping([UInt8])
        case pong([UInt8])
        /// The peer's Close; nil when it gave no code. Nothing comes after it.
        case close(CloseCode?, reason: String)
    }

    /// How far the close handshake is (§7.1).
    public enum State: Sendable, Hashable {
        /// Both sides may send.
        case open
        /// Our Close is out, the peer's isn't in: messages may still arrive.
        case closeSent
        /// The peer's Close is in, ours is to be sent.
        case closeReceived
        /// The peer broke the protocol: one Close may be sent, input is discarded.
        case failed
        /// Nothing may be sent any more, input is discarded.
        case closed
    }

    /// How far the close handshake is.
    public private(set) var state: State = .open
    private var receivedCloseCode: CloseCode?
    private let role: Role
    private let isCompressed: Bool
    private let fragmentLimit: Int32
    private let messageSize: Int
    /// One while something is under way, or may refer back to what was; else none. As an array it costs an idle
    /// connection 8 bytes.
    private var intake: [FrameIntake] = []

    /// A connection whose handshake is done.
    ///
    /// - Parameter compression: what was negotiated, if anything; a server's alone.
    public init(role: Role, limits: Limits = Limits(), compression: PerMessageDeflate? = nil) {
        self.role = role
        messageSize = limits.messageSize
        fragmentLimit = Int32(clamping: limits.fragments)
        isCompressed = compression != nil
        if isCompressed { intake = [FrameIntake(role: role, limits: limits, compression: compression)] }
    }

    /// Whether messages, pings and pongs may be sent: nothing may follow a Close (§5.5.1).
    public var maySendData: Bool { state == .open }

    /// Whether a Close may be sent, which is once.
    public var maySendClose: Bool { state == .open || state == .closeReceived || state == .failed }

    /// Takes the next event off the front of `input`, unmasking in place.
    ///
    /// - Returns: nil once `input` is used up. After a Close or a violation all input is discarded.
    /// - Throws: ``ProtocolViolation``: send a Close with its code and reason, then end the connection.
    public mutating func nextEvent(
        from input: inout UnsafeMutableRawBufferPointer
    ) throws(ProtocolViolation) -> Event? {
        guard state == .open || state == .closeSent else {
            input.consumeAll()
            return nil
        }
        if intake.isEmpty {
            let limits = Limits(messageSize: messageSize, fragments: Int(fragmentLimit))
            intake.append(FrameIntake(role: role, limits: limits, compression: nil))
        }
        do throws(ProtocolViolation) {
            if let item = try intake[0].next(from: &input) { return try event(item) }
        } catch {
            state = state == .open ? .failed : .closed
            input.consumeAll()
            intake = []
            throw error
        }
        if !isCompressed, intake[0].isIdle { intake = [] }
        return nil
    }

    /// Notes that our Close frame was queued: nothing may be sent after it.
    public mutating func closeSent() {
        switch state {
        case .open: state = .closeSent
        case .closeReceived, .failed: state = .closed
        case .closeSent, .closed: break
        }
    }

    /// The answer to the peer's Close: its own code, or an empty Close for an empty one (§5.5.1).
    ///
    /// - Returns: nil unless a Close was received and none was sent.
    public func closeReply(maskingKey: MaskingKey? = nil) -> EncodedFrame? {
        state == .closeReceived ? .close(receivedCloseCode, maskingKey: maskingKey) : nil
    }

    private mutating func event(_ item: FrameIntake.Item) throws(ProtocolViolation) -> Event {
        switch item {
        case .message(let message): return .message(message)
        case .control(.ping, let payload): return .ping(payload)
        case .control(.pong, let payload): return .pong(payload)
        case .control(_, let payload): return try takeClose(payload)
        }
    }

    private mutating func takeClose(_ payload: [UInt8]) throws(ProtocolViolation) -> Event {
        var code: CloseCode?
        var reason = ""
        if !payload.isEmpty {
            guard payload.count >= 2 else { throw .truncatedCloseCode }
            let number = UInt16(payload[0]) << 8 | UInt16(payload[1])
            code = CloseCode(rawValue: number)
            guard code?.isValidOnTheWire == true else { throw .invalidCloseCode(number) }
            guard let text = String(validating: payload[2...], as: UTF8.self) else { throw .invalidUTF8 }
            reason = text
        }
        receivedCloseCode = code
        state = state == .closeSent ? .closed : .closeReceived
        // Gives back the memory of a message that will never be finished.
        intake = []
        return .close(code, reason: reason)
    }
}
