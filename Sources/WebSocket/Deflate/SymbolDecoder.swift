/// Inflates the symbols of a block: RFC 1951 §3.2.3.
enum SymbolDecoder {
    /// Why decoding stopped.
    enum Stop {
        /// The bytes are used up; the bits of a symbol that is incomplete stay in the reader.
        case needsInput
        /// The next symbol yields this many bytes, for which there is no room. It is still to be read.
        case needsRoom(Int)
        case endOfBlock
        case corrupt
    }

    /// Three literals and a match between two looks at the room, and what the match may write too much.
    private static let fastRoom = 3 + DeflateFormat.longestMatch + InflateSink.overshoot
    /// Two words are read between two looks at the input, the second at most 7 bytes behind the first.
    private static let fastInput = 16

    /// Decodes until the reader is empty, the sink is full, or the block ends.
    static func decode(
        _ reader: inout BitReader, into sink: inout InflateSink, literals: HuffmanTable, distances: HuffmanTable
    ) -> Stop {
        while true {
            if reader.bytesLeft >= fastInput, sink.room >= fastRoom {
                let stop = decodeFast(&reader, into: &sink, literals: literals, distances: distances)
                if let stop { return stop }
            }
            reader.fill()
            let stop = decodeOne(&reader, into: &sink, literals: literals, distances: distances)
            if let stop { return stop }
        }
    }

    /// Decodes a literal, a match or the block's end; takes nothing from the reader unless it is all there.
    @inline(__always)
    private static func decodeOne(
        _ reader: inout BitReader, into sink: inout InflateSink, literals: HuffmanTable, distances: HuffmanTable
    ) -> Stop? {
        let entry = literals.entry(for: reader.bits)
        guard entry.length <= reader.count else { return .needsInput }
        if entry.isLiteral {
            guard sink.room > 0 else { return .needsRoom(1) }
            reader.drop(entry.length)
            sink.append(entry.literal)
            return nil
        }
        if entry.isException {
            guard entry.isEndOfBlock else { return .corrupt }
            reader.drop(entry.length)
            return .endOfBlock
        }
        // At most 15 + 5 + 15 + 13 bits: a full reader has them.
        var rest = reader
        guard entry.length + entry.extraBits <= rest.count else { return .needsInput }
        let length = entry.value(from: rest.bits)
        rest.drop(entry.length + entry.extraBits)
        let far = distances.entry(for: rest.bits)
        guard far.length <= rest.count else { return .needsInput }
        guard !far.isException else { return .corrupt }
        guard far.length + far.extraBits <= rest.count else { return .needsInput }
        let distance = far.value(from: rest.bits)
        rest.drop(far.length + far.extraBits)
        guard distance <= sink.reach else { return .corrupt }
        guard length <= sink.room else { return .needsRoom(length) }
        reader = rest
        sink.repeatBytes(distance: distance, length: length)
        return nil
    }

    /// Decodes while there is so much input and room that neither need be looked at for each symbol.
    private static func decodeFast(
        _ source: inout BitReader, into target: inout InflateSink, literals: HuffmanTable, distances: HuffmanTable
    ) -> Stop? {
        // Copies, so that the compiler can keep them in registers.
        var reader = source
        var sink = target
        defer {
            // A word brings bits behind the last whole byte that was taken.
            reader.bits &= (1 &<< UInt64(reader.count)) &- 1
            source = reader
            target = sink
        }
        while reader.bytesLeft >= fastInput, sink.room >= fastRoom {
            fillFast(&reader)
            var entry = literals.entry(for: reader.bits)
            // Three codes take at most 45 of the 56 bits that are there.
            var literalsLeft = 3
            while entry.isLiteral, literalsLeft > 0 {
                reader.drop(entry.length)
                sink.append(entry.literal)
                entry = literals.entry(for: reader.bits)
                literalsLeft &-= 1
            }
            if literalsLeft == 0 { continue }
            if entry.isException {
                guard entry.isEndOfBlock else { return .corrupt }
                reader.drop(entry.length)
                return .endOfBlock
            }
            // With the 56 bits that are there now, a length and a distance are always complete.
            fillFast(&reader)
            let length = entry.value(from: reader.bits)
            reader.drop(entry.length &+ entry.extraBits)
            let far = distances.entry(for: reader.bits)
            guard !far.isException else { return .corrupt }
            let distance = far.value(from: reader.bits)
            reader.drop(far.length &+ far.extraBits)
            guard distance <= sink.reach else { return .corrupt }
            sink.repeatWords(distance: distance, length: length)
        }
        return nil
    }

    /// Fills the reader to at least 56 bits, of a word that the caller knows to be there.
    @inline(__always)
    private static func fillFast(_ reader: inout BitReader) {
        let word = UInt64(littleEndian: reader.bytes.loadUnaligned(fromByteOffset: reader.position, as: UInt64.self))
        reader.bits |= word &<< UInt64(reader.count)
        reader.position &+= (63 &- reader.count) &>> 3
        reader.count |= 56
    }
}
