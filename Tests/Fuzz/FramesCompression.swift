/// What a server hears of a client with which it has agreed on compression (RFC 7692).
func checkCompression(_ input: UnsafeRawBufferPointer) {
    for (offer, takesOver) in [("", false), ("; client_max_window_bits=9", true)] {
        var options = PerMessageDeflate.Options()
        options.allowsClientContextTakeover = takesOver
        let offers = [ExtensionOffer("permessage-deflate" + offer)].compactMap { $0 }
        guard let agreed = PerMessageDeflate.negotiate(offers, options) else { fatalError("an offer is refused") }
        checkCuts(input, limits: .init(), agreed)
        // So small that short inputs reach them.
        checkCuts(input, limits: .init(messageSize: 20, fragments: 3), agreed)
        checkCuts(input, limits: .init(messageSize: .max, fragments: .max), agreed)
        checkCompressed(input, takesOver: takesOver, windowBits: takesOver ? 9 : 15, agreed)
    }
}

private func checkCuts(
    _ input: UnsafeRawBufferPointer, limits: ConnectionProtocol.Limits, _ agreed: PerMessageDeflate
) {
    func heard(_ cuts: Cuts) -> Outcome {
        decode(input, role: .server, limits: limits, cuts: cuts, compression: agreed)
    }
    let whole = heard(.none)
    let bytewise = heard(.everyByte)
    demand(bytewise == whole, "byte by byte differs: \(bytewise), \(whole)")
    demand(heard(.random) == whole, "random splits differ")
    checkBytes(whole, input, agreed)
    let plain = decode(input, role: .server, limits: limits, cuts: .none)
    demand(whole.events.starts(with: plain.events), "what isn't compressed is something else")
    // A frame that is a little too long may be a compressed one: it is only known when its whole header is.
    guard plain.violation != .reservedBits, plain.violation != .messageTooBig else { return }
    demand(whole == plain, "where nothing is compressed something else happens")
}

/// Each message is what the payloads of its frames, put together, inflate to.
private func checkBytes(_ outcome: Outcome, _ input: UnsafeRawBufferPointer, _ agreed: PerMessageDeflate) {
    let messages = outcome.plain.compactMap { event in
        switch event {
        case .text(let bytes), .binary(let bytes): bytes
        case .ping, .pong, .close: nil as [UInt8]?
        }
    }
    var inflater = Inflater(windowBits: agreed.clientWindowBits)
    for (message, sent) in zip(messages, payloads(input)) {
        guard sent.isCompressed else {
            demand(message == sent.bytes, "a message is something else")
            continue
        }
        var inflated: [UInt8] = []
        sent.bytes.withUnsafeBytes { try? inflater.inflate($0, into: &inflated, limit: .max) }
        demand((try? inflater.endMessage(into: &inflated, limit: .max)) != nil, "what is corrupt is heard")
        demand(message == inflated, "a message is something else")
        if !agreed.clientTakesContextOver { inflater.reset() }
    }
}

/// The payloads of the messages that end in the input, each put together.
private func payloads(_ input: UnsafeRawBufferPointer) -> [(isCompressed: Bool, bytes: [UInt8])] {
    var decoder = FrameDecoder(rules: .init(requiresMask: true, reservedBits: .rsv1, payloadLimit: .max))
    var messages: [(isCompressed: Bool, bytes: [UInt8])] = []
    var message = (isCompressed: false, bytes: [UInt8]())
    var header = FrameHeader(opcode: .ping, payloadLength: 0)
    Cuts.none.feed(input) { chunk, _ in
        var rest = chunk
        while let part = try? decoder.next(from: &rest) {
            switch part {
            case .header(let new):
                header = new
                if [.text, .binary].contains(new.opcode) { message = (new.reservedBits == .rsv1, []) }
            case .payload(let piece, let isEnd):
                guard !header.opcode.isControl else { continue }
                message.bytes += Array(piece)
                if isEnd, header.isFinal { messages.append(message) }
            }
        }
        return false
    }
    return messages
}

/// The input's pieces as messages: deflated, cut into fragments with pings between them, and heard as what they are.
private func checkCompressed(
    _ input: UnsafeRawBufferPointer, takesOver: Bool, windowBits: Int, _ agreed: PerMessageDeflate
) {
    var sizes = ChunkSizes(for: input)
    var deflater = Deflater(windowBits: windowBits)
    let key = MaskingKey(0x37, 0xFA, 0x21, 0x3D)
    var bytes: [UInt8] = []
    var expected: [ConnectionProtocol.Event] = []
    var longest = 0
    var rest = input[...]
    repeat {
        let message = Array(rest.prefix(sizes.next(upTo: 300) - 1))
        rest = rest.dropFirst(max(1, message.count))
        longest = max(longest, message.count)
        let text = String(validating: message, as: UTF8.self)
        expected.append(.message(text.map { .text($0) } ?? .binary(message)))
        var payload: [UInt8] = []
        message.withUnsafeBytes { deflater.deflate($0, into: &payload) }
        if !takesOver { deflater.reset() }

        var opcode: Opcode = text == nil ? .binary : .text
        var left = payload[...]
        repeat {
            let fragment = left.prefix(sizes.next(upTo: 40))
            left = left.dropFirst(fragment.count)
            bytes +=
                EncodedFrame(
                    opcode: opcode, payload: fragment, isFinal: left.isEmpty,
                    reservedBits: opcode == .continuation ? [] : .rsv1, maskingKey: key
                ).bytes
            opcode = .continuation
            guard !left.isEmpty, sizes.next(upTo: 4) == 1 else { continue }
            bytes += EncodedFrame.ping([1], maskingKey: key).bytes
            expected.insert(.ping([1]), at: expected.count - 1)
        } while !left.isEmpty
    } while !rest.isEmpty
    for limit in [longest, 65_536, .max] {
        let limits = ConnectionProtocol.Limits(messageSize: limit)
        let outcome = bytes.withUnsafeBytes {
            decode($0, role: .server, limits: limits, cuts: .random, compression: agreed)
        }
        demand(outcome.violation == nil && outcome.events == expected, "compressed it is something else: \(outcome)")
    }
}
