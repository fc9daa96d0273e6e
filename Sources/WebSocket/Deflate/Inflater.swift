/// Inflates the messages of one direction of a connection: RFC 1951, as RFC 7692 §7.2.2 uses it.
///
/// A message is handed over in pieces of any size, then ended. What a piece yields doesn't depend on how the message was
/// cut. Messages may reach back into earlier ones; ``reset()`` after each makes them independent.
///
/// It is strict: sets of codes must be complete (but for the single distance code of RFC 1951 §3.2.7), must have a code
/// for the block's end, and no match may reach behind the window or the first byte. A block marked as the last (BFINAL)
/// is taken as any other: the next one starts at the following whole byte (RFC 7692 §7.2.3.4), and a message may also
/// end right behind it, without the empty block whose rest ``endMessage(into:limit:)`` supplies.
///
/// Between messages it holds nothing but the window, within one also the tables of a dynamic block (about 8 KiB).
struct Inflater: Sendable {
    /// What the next bits are.
    enum Phase {
        case blockHeader
        case storedLength
        case stored(left: Int)
        case dynamicHeader
        case symbols
    }

    /// The end of an empty stored block: its length, and the length's complement.
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    var phase = Phase.blockHeader
    /// Whether the block under way, or else the last one, is marked as the last.
    var isFinalBlock = false
    /// The block under way, if it is dynamic; in a fixed one nil.
    var dynamic: DynamicBlock?

    /// Bits of a symbol that is incomplete.
    private var bits: UInt64 = 0
    private var bitCount = 0
    private var history: InflateHistory
    private var failure: InflateError?

    /// An inflater at the start of a stream.
    ///
    /// - Parameter windowBits: how far back a match may reach: `1 << windowBits` bytes. 8 to 15; others are taken for
    ///   the nearest of them.
    init(windowBits: Int = 15) {
        history = InflateHistory(capacity: 1 << min(max(windowBits, 8), 15))
    }

    /// Inflates a piece of a message.
    ///
    /// - Parameters:
    ///   - piece: the next bytes of the message, any number of them.
    ///   - output: the bytes they yield are appended to it. What it holds before is only counted, so the caller may
    ///     take it away between two calls.
    ///   - limit: what `output.count` must not exceed; neither does the capacity that is reserved here.
    /// - Throws: ``InflateError/tooBig`` at the first symbol that leads over the limit, ``InflateError/corrupt`` at the
    ///   first bit that shows it, and the same error from then on. The bytes before have then been appended.
    mutating func inflate(
        _ piece: UnsafeRawBufferPointer, into output: inout [UInt8], limit: Int
    ) throws(InflateError) {
        if let failure { throw failure }
        var reader = BitReader(bytes: piece, bits: bits, count: bitCount)
        let start = output.count
        var end = start
        do throws(InflateError) {
            try run(&reader, &output, from: start, end: &end, limit: limit)
        } catch {
            output.removeLast(output.count - end)
            reset()
            failure = error
            throw error
        }
        output.removeLast(output.count - end)
        bits = reader.bits
        bitCount = reader.count
        output.withUnsafeBytes { history.append(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Ends the message: supplies the `00 00 FF FF` that its sender removed (RFC 7692 §7.2.2).
    ///
    /// - Parameters:
    ///   - output: as in ``inflate(_:into:limit:)``. A message that ends as it should yields nothing here.
    ///   - limit: as in ``inflate(_:into:limit:)``.
    /// - Throws: ``InflateError/corrupt`` also if the message isn't at the end of a block now. A message without a
    ///   single byte is none; an empty one is the byte 0x00 (§7.2.3.6).
    mutating func endMessage(into output: inout [UInt8], limit: Int) throws(InflateError) {
        let isComplete = isFinalBlock && isBetweenBlocks
        if !isComplete || failure != nil {
            try Self.tail.withUnsafeBufferPointer { bytes throws(InflateError) in
                try inflate(UnsafeRawBufferPointer(bytes), into: &output, limit: limit)
            }
        }
        guard isBetweenBlocks else {
            reset()
            failure = .corrupt
            throw .corrupt
        }
        isFinalBlock = false
        dynamic = nil
    }

    /// Starts a new stream: forgets the window, and an error.
    mutating func reset() {
        self = Inflater(window: history.capacity)
    }

    private init(window: Int) {
        history = InflateHistory(capacity: window)
    }

    /// Whether a block has ended, and no bit of the next has come.
    private var isBetweenBlocks: Bool {
        guard case .blockHeader = phase else { return false }
        return bitCount == 0
    }
}

// MARK: - Output

extension Inflater {
    /// Inflates all that is in `reader`.
    ///
    /// - Parameters:
    ///   - output: has room behind `end`, which the caller removes.
    ///   - start: how long the output was before this piece.
    ///   - end: the index behind the last byte that was put out.
    private mutating func run(
        _ reader: inout BitReader, _ output: inout [UInt8], from start: Int, end: inout Int, limit: Int
    ) throws(InflateError) {
        while true {
            guard try readToBlockContent(&reader) else { return }
            switch step(&reader, &output, from: start, end: &end) {
            case .needsInput: return
            case .needsRoom(let needed):
                // Text grows to three or four times its size; what was guessed too low is doubled.
                let guess = max(reader.bytesLeft &* 3 &+ 320, end - start)
                try makeRoom(in: &output, behind: end, for: needed, better: guess, limit: limit)
            case .endOfBlock: endBlock(&reader)
            case .corrupt: throw .corrupt
            }
        }
    }

    /// Puts out what the block under way yields while there is room.
    private mutating func step(
        _ reader: inout BitReader, _ output: inout [UInt8], from start: Int, end: inout Int
    ) -> SymbolDecoder.Stop {
        output.withUnsafeMutableBufferPointer { buffer in
            history.bytes.withUnsafeBufferPointer { past in
                var sink = InflateSink(
                    buffer: buffer, start: start, position: end, history: past, historyEnd: history.end,
                    window: history.capacity)
                defer { end = sink.position }
                if case .stored(let left) = phase {
                    return copyStored(&reader, into: &sink, left: left)
                }
                return SymbolDecoder.decode(
                    &reader, into: &sink, literals: dynamic?.literals ?? .fixedLiterals,
                    distances: dynamic?.distances ?? .fixedDistances)
            }
        }
    }

    private func makeRoom(
        in output: inout [UInt8], behind end: Int, for needed: Int, better guess: Int, limit: Int
    ) throws(InflateError) {
        guard limit >= end, limit - end >= needed else { throw .tooBig }
        let count = end + min(limit - end, max(needed, guess))
        if count > output.capacity {
            // Doubled as an array would, but never over the limit.
            output.reserveCapacity(min(limit, max(count, 2 * output.capacity)))
        }
        output.append(contentsOf: repeatElement(0, count: max(0, count - output.count)))
    }
}
