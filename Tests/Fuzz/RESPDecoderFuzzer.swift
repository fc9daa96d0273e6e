// Built with the codec's own sources into one module by Scripts/fuzz.sh: SwiftPM can't link libFuzzer.

/// What a decoder made of a stream.
private struct Outcome: Equatable {
    var values: [RESPValue] = []
    var error: RESPDecodingError?
}

private func decode(
    _ input: UnsafeRawBufferPointer, limits: RESPDecoder.Limits, callsNextAfterEachChunk: Bool = true,
    chunkSize: () -> Int
) -> Outcome {
    var decoder = RESPDecoder(limits: limits)
    var outcome = Outcome()
    var delivered = 0
    var rest = input[...]
    while !rest.isEmpty {
        let chunk = rest.prefix(chunkSize())
        rest = rest.dropFirst(chunk.count)
        decoder.append(UnsafeRawBufferPointer(rebasing: chunk))
        // Every other chunk meets a decoder that hasn't looked at the one before.
        delivered += 1
        if !callsNextAfterEachChunk, delivered % 2 == 1, !rest.isEmpty { continue }
        do throws(RESPDecodingError) {
            while let value = try decoder.next() { outcome.values.append(value) }
            precondition((0...input.count).contains(decoder.bufferedByteCount))
        } catch {
            outcome.error = error
            precondition(decoder.bufferedByteCount == 0, "a failed decoder holds bytes")
            precondition(failure(of: &decoder) == error, "the error isn't the same at the second call")
            return outcome
        }
    }
    return outcome
}

private func failure(of decoder: inout RESPDecoder) -> RESPDecodingError? {
    do throws(RESPDecodingError) {
        _ = try decoder.next()
        return nil
    } catch {
        return error
    }
}

private func check(_ input: UnsafeRawBufferPointer, limits: RESPDecoder.Limits) {
    let whole = decode(input, limits: limits) { max(1, input.count) }
    precondition(decode(input, limits: limits) { 1 } == whole, "byte by byte differs")
    var sizes = ChunkSizes(for: input)
    precondition(decode(input, limits: limits) { sizes.next(upTo: 16) } == whole, "random splits differ")
    precondition(
        decode(input, limits: limits, callsNextAfterEachChunk: false) { sizes.next(upTo: 7) } == whole,
        "chunks taken two at a time differ")

    var encoded: [UInt8] = []
    for value in whole.values { RESPEncoder.append(value, to: &encoded) }
    // Strict numbers: there is one way to write a value, so the encoding is the input itself.
    precondition(encoded.elementsEqual(input.prefix(encoded.count)), "the encoding isn't the input")
    encoded.withUnsafeBytes { bytes in
        let again = decode(bytes, limits: limits) { max(1, bytes.count) }
        precondition(again == Outcome(values: whole.values), "the encoding decodes to something else")
    }
    if let last = whole.values.last { precondition(last.description.count <= 257, "a description is too long") }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    check(input, limits: .init())
    // So small that short inputs reach them.
    check(input, limits: .init(bulkLength: 12, elementCount: 6, depth: 3, lineLength: 5))
    // So large that only the arithmetic is between a length and a trap.
    check(input, limits: .init(bulkLength: .max, elementCount: .max, depth: 200, lineLength: .max))
    return 0
}
