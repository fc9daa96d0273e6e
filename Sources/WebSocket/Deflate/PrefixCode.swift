/// The codes that a block is written in: RFC 1951 §3.2.2.
struct PrefixCode: Sendable {
    /// Each symbol's code as it goes into the stream, and from bit 16 on its length; 0 for a symbol without one.
    private(set) var entries: [UInt32]
    /// Each symbol's code length in bits.
    private(set) var lengths: [UInt8]

    /// The literals and lengths of a fixed block: RFC 1951 §3.2.6.
    static let fixedLiterals = PrefixCode(lengths: DeflateFormat.fixedLiteralLengths)
    /// The distances of a fixed block.
    static let fixedDistances = PrefixCode(lengths: DeflateFormat.fixedDistanceLengths)

    /// No codes yet, for so many symbols.
    init(symbolCount: Int) {
        entries = [UInt32](repeating: 0, count: symbolCount)
        lengths = [UInt8](repeating: 0, count: symbolCount)
    }

    private init(lengths: [UInt8]) {
        self.init(symbolCount: lengths.count)
        self.lengths = lengths
        assignCodes()
    }

    /// Makes the best codes of at most `limit` bits for symbols that occur so often.
    mutating func optimize(for frequencies: [UInt32], limit: Int, with finder: inout CodeLengths) {
        finder.find(for: frequencies, limit: limit, into: &lengths)
        assignCodes()
    }

    /// How many bits the codes take for symbols that occur so often.
    func cost(of frequencies: [UInt32]) -> Int {
        var bits = 0
        for symbol in frequencies.indices { bits &+= Int(frequencies[symbol]) &* Int(lengths[symbol]) }
        return bits
    }

    /// How many symbols there are without those at the end that have no code.
    var usedCount: Int { (lengths.lastIndex { $0 > 0 } ?? -1) + 1 }

    private mutating func assignCodes() {
        // Each length's first code follows from the codes that are shorter.
        var next = [Int](repeating: 0, count: DeflateFormat.longestCode + 2)
        for length in lengths where length > 0 { next[Int(length) + 1] += 1 }
        for length in 1..<next.count { next[length] = (next[length - 1] + next[length]) << 1 }
        for symbol in lengths.indices {
            let length = Int(lengths[symbol])
            guard length > 0 else {
                entries[symbol] = 0
                continue
            }
            let code = HuffmanTable.reversed(next[length], count: length)
            next[length] += 1
            entries[symbol] = UInt32(truncatingIfNeeded: length << 16 | code)
        }
    }
}
