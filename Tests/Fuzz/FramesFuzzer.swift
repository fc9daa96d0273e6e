// Built with the codec's own sources into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

/// What a connection made of a stream.
struct Outcome: Equatable {
    var events: [ConnectionProtocol.Event] = []
    /// How much input was used up after each event.
    var ends: [Int] = []
    var violation: ProtocolViolation?
    var state: ConnectionProtocol.State
    var closeReply: EncodedFrame?
    /// How much of the input the violation needed: the one thing that cuts change.
    var seen = 0

    static func == (left: Outcome, right: Outcome) -> Bool {
        left.events == right.events && left.ends == right.ends && left.violation == right.violation
            && left.state == right.state && left.closeReply == right.closeReply
    }

    /// In the words of the reference.
    var plain: [FramesReference.Event] {
        events.map { event in
            switch event {
            case .message(.text(let text)): .text(Array(text.utf8))
            case .message(.binary(let bytes)): .binary(bytes)
            case .ping(let payload): .ping(payload)
            case .pong(let payload): .pong(payload)
            case .close(let code, let reason): .close(code: code?.rawValue, reason: Array(reason.utf8))
            }
        }
    }
}

func decode(
    _ input: UnsafeRawBufferPointer, role: ConnectionProtocol.Role, limits: ConnectionProtocol.Limits, cuts: Cuts,
    closesFirst: Bool = false, compression: PerMessageDeflate? = nil
) -> Outcome {
    var connection = ConnectionProtocol(role: role, limits: limits, compression: compression)
    if closesFirst { connection.closeSent() }
    var outcome = Outcome(state: connection.state)
    var isOver = false
    cuts.feed(input) { chunk, offset in
        var rest = chunk
        do throws(ProtocolViolation) {
            while let event = try connection.nextEvent(from: &rest) {
                demand(!isOver, "an event after the end")
                check(event, limits)
                if case .close = event { isOver = true }
                outcome.events.append(event)
                outcome.ends.append(offset + chunk.count - rest.count)
            }
        } catch {
            demand(!isOver, "a violation after the end")
            isOver = true
            outcome.violation = error
            outcome.seen = offset + chunk.count
        }
        demand(rest.isEmpty, "input is left")
        return true
    }
    outcome.state = connection.state
    outcome.closeReply = connection.closeReply()
    let isClosing = isOver ? (outcome.violation == nil ? .closeReceived : .failed) : ConnectionProtocol.State.open
    demand(outcome.state == (closesFirst ? (isOver ? .closed : .closeSent) : isClosing), "the state is wrong")
    demand((outcome.closeReply != nil) == (outcome.state == .closeReceived), "a reply without a Close, or none to one")
    connection.closeSent()
    demand(!connection.maySendClose && !connection.maySendData, "something may follow our Close")
    return outcome
}

private func check(_ event: ConnectionProtocol.Event, _ limits: ConnectionProtocol.Limits) {
    switch event {
    case .message(.text(let text)): demand(text.utf8.count <= limits.messageSize, "a text is over the limit")
    case .message(.binary(let bytes)): demand(bytes.count <= limits.messageSize, "a message is over the limit")
    case .ping(let payload), .pong(let payload): demand(payload.count <= 125, "a control frame is too long")
    case .close(let code, let reason):
        demand(code != nil || reason.isEmpty, "a reason without a code")
        demand(code?.isValidOnTheWire != false, "a code that no frame may carry")
    }
}

private func check(
    _ input: UnsafeRawBufferPointer, role: ConnectionProtocol.Role, limits: ConnectionProtocol.Limits
) {
    let whole = decode(input, role: role, limits: limits, cuts: .none)
    let bytewise = decode(input, role: role, limits: limits, cuts: .everyByte)
    demand(bytewise == whole, "byte by byte differs")
    demand(decode(input, role: role, limits: limits, cuts: .random) == whole, "random splits differ")
    let closed = decode(input, role: role, limits: limits, cuts: .random, closesFirst: true)
    demand(closed.events == whole.events && closed.violation == whole.violation, "our Close changes what is heard")

    let expected = FramesReference(Array(input), masked: role == .server, limits: limits)
    demand(whole.plain == expected.events, "the events aren't the reference's: \(whole.plain), \(expected.events)")
    demand(whole.ends == expected.ends, "the frames end elsewhere")
    demand(
        whole.violation == expected.violation,
        "\(String(describing: whole.violation)), not \(expected.violation as Any)")
    if whole.violation != nil {
        // A fault is reported at the byte that shows it, and no later.
        let before = FramesReference(Array(input.prefix(bytewise.seen - 1)), masked: role == .server, limits: limits)
        demand(before.violation == nil, "the violation could be seen earlier")
        let then = FramesReference(Array(input.prefix(bytewise.seen)), masked: role == .server, limits: limits)
        demand(then.violation == whole.violation, "the violation could not be seen yet")
    }
    checkWayBack(whole, role: role, key: MaskingKey(rawValue: UInt32(truncatingIfNeeded: input.count) &* 0x9E37_79B9))
}

/// What was understood, said by the other side, is understood again; and so is what is answered.
private func checkWayBack(_ outcome: Outcome, role: ConnectionProtocol.Role, key: MaskingKey) {
    let mask = role == .server ? nil : key
    var bytes: [UInt8] = []
    for event in outcome.events {
        switch event {
        case .message(let message): bytes += message.encoded(maskingKey: mask).bytes
        case .ping(let payload): bytes += EncodedFrame.ping(payload, maskingKey: mask).bytes
        case .pong(let payload): bytes += EncodedFrame.pong(payload, maskingKey: mask).bytes
        case .close(let code, let reason): bytes += EncodedFrame.close(code, reason: reason, maskingKey: mask).bytes
        }
    }
    let other: ConnectionProtocol.Role = role == .server ? .client : .server
    let limits = ConnectionProtocol.Limits(messageSize: max(0, bytes.count), fragments: 1)
    let again = bytes.withUnsafeBytes { decode($0, role: other, limits: limits, cuts: .none) }
    demand(again.violation == nil && again.events == outcome.events, "the way back changes the events")

    if case .close(let code, _) = outcome.events.last, let reply = outcome.closeReply {
        let answer = reply.bytes.withUnsafeBytes { decode($0, role: .client, limits: limits, cuts: .none) }
        demand(answer.events == [.close(code, reason: "")], "the reply isn't the Close's")
    }
    if let violation = outcome.violation {
        let frame = EncodedFrame.close(violation.closeCode, reason: violation.reason)
        let answer = frame.bytes.withUnsafeBytes { decode($0, role: .client, limits: limits, cuts: .none) }
        demand(answer.events == [.close(violation.closeCode, reason: violation.reason)], "the reason is cut")
    }
}

/// There is one way to write a frame: written again, the frames are the input itself.
private func checkFrames(_ input: UnsafeRawBufferPointer, rules: FrameHeader.Rules, cuts: Cuts) {
    var decoder = FrameDecoder(rules: rules)
    var encoded: [UInt8] = []
    var header: FrameHeader?
    var left = 0
    var hasFailed = false
    cuts.feed(input) { chunk, _ in
        var rest = chunk
        do throws(ProtocolViolation) {
            while let part = try decoder.next(from: &rest) {
                switch part {
                case .header(let new):
                    demand(left == 0 && header == nil, "a header inside a frame")
                    demand(new.encodedSize <= FrameHeader.maximumSize, "a header is too long")
                    new.append(to: &encoded)
                    (header, left) = (new, new.payloadLength)
                case .payload(let piece, let isEnd):
                    guard let key = header.map(\.maskingKey) else { fatalError("a payload without a header") }
                    demand(isEnd || !piece.isEmpty, "an empty piece that is not the last")
                    if let key { Masking.apply(key, to: piece, phase: (header?.payloadLength ?? 0) - left) }
                    encoded += Array(piece)
                    left -= piece.count
                    demand(isEnd == (left == 0), "the end of a frame is elsewhere")
                    if isEnd { header = nil }
                }
            }
        } catch {
            hasFailed = true
        }
        return !hasFailed
    }
    demand(encoded.elementsEqual(input.prefix(encoded.count)), "the encoding isn't the input")
    demand(hasFailed || input.count - encoded.count < FrameHeader.maximumSize, "bytes are missing")
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    for role in [ConnectionProtocol.Role.server, .client] {
        check(input, role: role, limits: .init())
        // So small that short inputs reach them.
        check(input, role: role, limits: .init(messageSize: 20, fragments: 3))
        check(input, role: role, limits: .init(messageSize: 0, fragments: 1))
        // So large that only the arithmetic is between a length and a trap.
        check(input, role: role, limits: .init(messageSize: .max, fragments: .max))
        for bits in [ReservedBits(), .rsv1] {
            let rules = FrameHeader.Rules(requiresMask: role == .server, reservedBits: bits, payloadLimit: .max)
            checkFrames(input, rules: rules, cuts: .none)
            checkFrames(input, rules: rules, cuts: .random)
        }
    }
    checkCompression(input)
    return 0
}
