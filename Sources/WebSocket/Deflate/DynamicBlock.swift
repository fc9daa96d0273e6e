/// A block that brings its own codes: RFC 1951 §3.2.7. Its header may come in pieces.
struct DynamicBlock: Sendable {
    private enum Part {
        case counts
        case lengthCodeLengths
        case codeLengths
    }

    private(set) var literals = HuffmanTable()
    private(set) var distances = HuffmanTable()

    private var part = Part.counts
    private var literalCount = 0
    private var distanceCount = 0
    private var lengthCodeCount = 0
    private var lengthCodes = HuffmanTable()
    /// The code lengths read so far, of the length codes first, then of the literals and distances.
    private var lengths: [UInt8] = []

    /// A block at its start that uses this one's memory.
    consuming func restarted() -> DynamicBlock {
        part = .counts
        return self
    }

    /// Reads what there is of the header; false while bits are missing.
    ///
    /// - Throws: ``InflateError/corrupt``.
    mutating func readHeader(_ reader: inout BitReader) throws(InflateError) -> Bool {
        while true {
            switch part {
            case .counts:
                guard let counts = reader.take(14) else { return false }
                try begin(counts)
            case .lengthCodeLengths:
                guard readLengthCodeLengths(&reader) else { return false }
                try buildLengthCodes()
            case .codeLengths:
                guard try readCodeLengths(&reader) else { return false }
                try buildTables()
                return true
            }
        }
    }

    /// Takes HLIT, HDIST and HCLEN. The symbols behind the last that means something have no codes in a valid block.
    private mutating func begin(_ counts: Int) throws(InflateError) {
        literalCount = (counts & 0x1F) + 257
        distanceCount = (counts >> 5 & 0x1F) + 1
        lengthCodeCount = (counts >> 10) + 4
        guard literalCount <= DeflateFormat.literalSymbolCount,
            distanceCount <= DeflateFormat.distanceSymbolCount
        else { throw .corrupt }
        lengths.removeAll(keepingCapacity: true)
        lengths.reserveCapacity(DeflateFormat.literalSymbolCount + DeflateFormat.distanceSymbolCount)
        part = .lengthCodeLengths
    }

    private mutating func readLengthCodeLengths(_ reader: inout BitReader) -> Bool {
        while lengths.count < lengthCodeCount {
            guard let length = reader.take(3) else { return false }
            lengths.append(UInt8(truncatingIfNeeded: length))
        }
        return true
    }

    private mutating func buildLengthCodes() throws(InflateError) {
        var bySymbol = [UInt8](repeating: 0, count: DeflateFormat.lengthSymbolCount)
        for (symbol, length) in zip(DeflateFormat.lengthSymbolOrder, lengths) { bySymbol[Int(symbol)] = length }
        guard lengthCodes.build(.lengthSymbols, bySymbol[...]) else { throw .corrupt }
        lengths.removeAll(keepingCapacity: true)
        part = .codeLengths
    }

    private mutating func readCodeLengths(_ reader: inout BitReader) throws(InflateError) -> Bool {
        let total = literalCount + distanceCount
        while lengths.count < total {
            reader.fill()
            let entry = lengthCodes.entry(for: reader.bits)
            guard entry.length + entry.extraBits <= reader.count else { return false }
            if entry.base < 16 {
                reader.drop(entry.length)
                lengths.append(UInt8(truncatingIfNeeded: entry.base))
                continue
            }
            var length: UInt8 = 0
            if entry.base == 16 {
                guard let last = lengths.last else { throw .corrupt }
                length = last
            }
            let extra = entry.value(from: reader.bits) - entry.base
            let count = (entry.base == 18 ? 11 : 3) + extra
            guard lengths.count + count <= total else { throw .corrupt }
            reader.drop(entry.length + entry.extraBits)
            lengths.append(contentsOf: repeatElement(length, count: count))
        }
        return true
    }

    private mutating func buildTables() throws(InflateError) {
        // A block without a code for its end would have none.
        guard lengths[DeflateFormat.endOfBlock] > 0,
            literals.build(.literals, lengths[..<literalCount]),
            distances.build(.distances, lengths[literalCount...])
        else { throw .corrupt }
    }
}
