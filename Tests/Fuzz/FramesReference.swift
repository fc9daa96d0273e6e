/// RFC 6455 §5–§8 once more, as plainly as can be: the whole input at once, and every message copied at every step.
struct FramesReference: Equatable {
    enum Event: Equatable {
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(code: UInt16?, reason: [UInt8])
    }

    private(set) var events: [Event] = []
    /// Where each event's frame ends.
    private(set) var ends: [Int] = []
    private(set) var violation: ProtocolViolation?

    /// The message under way: its first opcode, its frames and its bytes.
    private var message: (isText: Bool, frames: Int, bytes: [UInt8])?

    static func == (left: FramesReference, right: FramesReference) -> Bool {
        left.events == right.events && left.ends == right.ends && left.violation == right.violation
    }

    init() {}

    init(_ input: [UInt8], masked: Bool, limits: ConnectionProtocol.Limits) {
        var rest = input[...]
        do throws(ProtocolViolation) {
            while let frame = try Frame(&rest, masked: masked, limit: limits.messageSize) {
                try take(frame, limits)
                guard frame.isWhole else { return }
                guard let event = try event(of: frame) else { continue }
                events.append(event)
                ends.append(rest.startIndex)
                if case .close = event { return }
            }
        } catch {
            violation = error
        }
    }

    private mutating func take(_ frame: Frame, _ limits: ConnectionProtocol.Limits) throws(ProtocolViolation) {
        guard frame.opcode < 8 else { return }
        if frame.opcode == 0, message == nil { throw .unexpectedContinuation }
        if frame.opcode > 0, message != nil { throw .interleavedMessage }
        var message = self.message ?? (frame.opcode == 1, 0, [])
        message.frames += 1
        if message.frames > limits.fragments { throw .tooManyFragments }
        if frame.length > UInt64(limits.messageSize - message.bytes.count) { throw .messageTooBig }
        message.bytes += frame.payload
        if message.isText, !Self.mayBecomeText(message.bytes) { throw .invalidUTF8 }
        self.message = message
    }

    private mutating func event(of frame: Frame) throws(ProtocolViolation) -> Event? {
        switch frame.opcode {
        case 8: return try close(frame.payload)
        case 9: return .ping(frame.payload)
        case 10: return .pong(frame.payload)
        default:
            guard frame.isFinal, let whole = message else { return nil }
            message = nil
            if whole.isText, String(validating: whole.bytes, as: UTF8.self) == nil { throw .invalidUTF8 }
            return whole.isText ? .text(whole.bytes) : .binary(whole.bytes)
        }
    }

    private func close(_ payload: [UInt8]) throws(ProtocolViolation) -> Event {
        if payload.isEmpty { return .close(code: nil, reason: []) }
        if payload.count == 1 { throw .truncatedCloseCode }
        let code = UInt16(payload[0]) * 256 + UInt16(payload[1])
        let forbidden = code < 1000 || (1004...1006).contains(code) || (1015...2999).contains(code) || code >= 5000
        if forbidden { throw .invalidCloseCode(code) }
        let reason = Array(payload.dropFirst(2))
        if String(validating: reason, as: UTF8.self) == nil { throw .invalidUTF8 }
        return .close(code: code, reason: reason)
    }

    /// Whether some bytes behind these make them UTF-8: each way to end a character begins with one of a few.
    static func mayBecomeText(_ bytes: [UInt8]) -> Bool {
        let endings: [[UInt8]] = [[], [0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xA0, 0x80], [0x90, 0x80, 0x80]]
        return endings.contains { String(validating: bytes + $0, as: UTF8.self) != nil }
    }

    /// A frame of which at least the header is there.
    private struct Frame {
        let isFinal: Bool
        let opcode: UInt8
        let length: UInt64
        /// As much as there is, unmasked.
        let payload: [UInt8]
        var isWhole: Bool { UInt64(payload.count) == length }

        init?(_ input: inout ArraySlice<UInt8>, masked: Bool, limit: Int) throws(ProtocolViolation) {
            let bytes = Array(input)
            guard bytes.count > 0 else { return nil }
            isFinal = bytes[0] >= 128
            opcode = bytes[0] % 16
            guard [0, 1, 2, 8, 9, 10].contains(opcode) else { throw .reservedOpcode(opcode) }
            if bytes[0] & 0b0111_0000 > 0 { throw .reservedBits }
            if !isFinal, opcode >= 8 { throw .fragmentedControlFrame }
            guard bytes.count > 1 else { return nil }
            if (bytes[1] >= 128) != masked { throw masked ? .unmaskedFrame : .maskedFrame }
            let short = bytes[1] % 128
            if short > 125, opcode >= 8 { throw .controlFrameTooLong }
            let extra = short == 126 ? 2 : short == 127 ? 8 : 0
            guard bytes.count >= 2 + extra else { return nil }
            let long = bytes[2..<2 + extra].reduce(0 as UInt64) { $0 * 256 + UInt64($1) }
            if long > UInt64(Int.max) { throw .lengthOverflow }
            if short == 126 && long < 126 || short == 127 && long < 65_536 { throw .nonMinimalLength }
            length = extra == 0 ? UInt64(short) : long
            if opcode < 8, length > UInt64(limit) { throw .messageTooBig }
            let start = 2 + extra + (masked ? 4 : 0)
            guard bytes.count >= start else { return nil }
            let end = length < UInt64(bytes.count - start) ? start + Int(length) : bytes.count
            payload = (start..<end).map { masked ? bytes[$0] ^ bytes[start - 4 + ($0 - start) % 4] : bytes[$0] }
            input = input.dropFirst(end)
        }
    }
}
