// Built with the codec's own sources into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

/// What an inflater made of a series of messages.
private struct Outcome: Equatable {
    var messages: [[UInt8]] = []
    var error: InflateError?
}

private func inflate(
    _ payloads: [UnsafeRawBufferPointer], windowBits: Int, limit: Int, takeover: Bool = true, takesOutput: Bool = false,
    chunkSize: () -> Int
) -> Outcome {
    var inflater = Inflater(windowBits: windowBits)
    var outcome = Outcome()
    for payload in payloads {
        var message: [UInt8] = []
        var output: [UInt8] = []
        var rest = payload[...]
        do throws(InflateError) {
            while !rest.isEmpty {
                let chunk = rest.prefix(chunkSize())
                rest = rest.dropFirst(chunk.count)
                try inflater.inflate(UnsafeRawBufferPointer(rebasing: chunk), into: &output, limit: limit)
                demand(output.count <= limit, "the output is over the limit")
                guard takesOutput else { continue }
                message += output
                output.removeAll()
            }
            try inflater.endMessage(into: &output, limit: limit)
        } catch {
            outcome.error = error
            demand(failure(of: &inflater) == error, "the error isn't the same at the second call")
        }
        demand(output.count <= limit, "the output is over the limit")
        // Arrays round their capacity up to what the allocator gives.
        demand(output.capacity <= limit + 64, "more was allocated than the limit")
        outcome.messages.append(message + output)
        if outcome.error != nil { break }
        if !takeover { inflater.reset() }
    }
    return outcome
}

private func failure(of inflater: inout Inflater) -> InflateError? {
    var output: [UInt8] = []
    do throws(InflateError) {
        try inflater.endMessage(into: &output, limit: 10)
        return nil
    } catch {
        demand(output.isEmpty, "an inflater that failed yields bytes")
        return error
    }
}

/// Any cutting of `input`, as one message and as two, gives the same bytes and the same error.
private func checkSplits(_ input: UnsafeRawBufferPointer, windowBits: Int, limit: Int, _ numbers: inout ChunkSizes) {
    let half = numbers.next(upTo: max(1, input.count)) - 1
    let halves = [
        UnsafeRawBufferPointer(rebasing: input[..<half]), UnsafeRawBufferPointer(rebasing: input[half...]),
    ]
    for payloads in [[input], halves] {
        let whole = inflate(payloads, windowBits: windowBits, limit: limit) { max(1, input.count) }
        demand(inflate(payloads, windowBits: windowBits, limit: limit) { 1 } == whole, "byte by byte differs")
        let random = inflate(payloads, windowBits: windowBits, limit: limit) { numbers.next(upTo: 40) }
        demand(random == whole, "random splits differ")
        guard whole.error == nil else { continue }
        let taken = inflate(payloads, windowBits: windowBits, limit: limit, takesOutput: true) {
            numbers.next(upTo: 20)
        }
        demand(taken == whole, "output that is taken away differs")
    }
}

/// What the deflater makes of messages, the inflater turns back into them.
private func checkRoundTrip(_ input: UnsafeRawBufferPointer, windowBits: Int, takeover: Bool, rounds: Int) {
    var messages = [Array(input), Array(input.reversed()), [], Array(input.dropFirst(input.count / 3))]
    // Enough to move the window more than once.
    for round in 0..<rounds { messages.append(input.map { $0 &+ UInt8(truncatingIfNeeded: round / 5) } + input) }
    var deflater = Deflater(windowBits: windowBits)
    var payloads: [[UInt8]] = []
    for message in messages {
        var payload: [UInt8] = []
        message.withUnsafeBytes { deflater.deflate($0, into: &payload) }
        demand(payload.count <= message.count + 5 * (message.count / 16_383 + 2) + 1, "a payload is too long")
        if !takeover { deflater.reset() }
        payloads.append(payload)
    }
    // One buffer, so that the views of it stay valid.
    let joined = payloads.flatMap { $0 }
    joined.withUnsafeBytes { bytes in
        var start = 0
        let views = payloads.map { payload in
            defer { start += payload.count }
            return UnsafeRawBufferPointer(rebasing: bytes[start..<start + payload.count])
        }
        let outcome = inflate(views, windowBits: windowBits, limit: 1 << 20, takeover: takeover) { 1 << 20 }
        demand(outcome == Outcome(messages: messages), "a message isn't what it was")
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    var numbers = ChunkSizes(for: input)
    checkSplits(input, windowBits: 15, limit: 1 << 16, &numbers)
    checkSplits(input, windowBits: 7 + numbers.next(upTo: 8), limit: 1 << 14, &numbers)
    // So small that short inputs reach it.
    checkSplits(input, windowBits: 15, limit: numbers.next(upTo: 600) - 1, &numbers)

    let rounds = numbers.next(upTo: 16) == 1 ? 40 : 0
    checkRoundTrip(input, windowBits: 8, takeover: true, rounds: rounds)
    checkRoundTrip(input, windowBits: 8 + numbers.next(upTo: 7), takeover: numbers.next(upTo: 2) == 1, rounds: rounds)
    return 0
}
