/// Finds the symbol that a stream of bits starts with: RFC 1951 §3.2.2.
///
/// A code of up to `primaryBits` bits is found at once, a longer one in a second step. The entries are the primary
/// table's, then those of the secondary tables.
struct HuffmanTable: Sendable {
    /// What a table's symbols stand for.
    enum Alphabet {
        case lengthSymbols
        case literals
        case distances

        /// The primary table's size in bits: more would cost a short block more to build than it saves.
        fileprivate var primaryBits: Int {
            switch self {
            case .lengthSymbols: DeflateFormat.longestLengthCode
            case .literals: 10
            case .distances: 8
            }
        }

        fileprivate var prototypes: [HuffmanEntry] {
            switch self {
            case .lengthSymbols: HuffmanEntry.lengthSymbols
            case .literals: HuffmanEntry.literals
            case .distances: HuffmanEntry.distances
            }
        }

        /// Whether a block may have none, or a single one whose code is one bit: RFC 1951 §3.2.7.
        fileprivate var permitsNone: Bool {
            switch self {
            case .lengthSymbols, .literals: false
            case .distances: true
            }
        }
    }

    private(set) var entries: [HuffmanEntry] = []
    private(set) var primaryBits = 0

    /// The literals and lengths of a fixed block: RFC 1951 §3.2.6.
    static let fixedLiterals = HuffmanTable(.literals, DeflateFormat.fixedLiteralLengths)
    /// The distances of a fixed block.
    static let fixedDistances = HuffmanTable(.distances, DeflateFormat.fixedDistanceLengths)

    init() {}

    private init(_ alphabet: Alphabet, _ lengths: [UInt8]) {
        _ = build(alphabet, lengths[...])
    }

    /// The entry for the code that `bits` start with. With too few bits its code is longer than they are.
    @inline(__always)
    func entry(for bits: UInt64) -> HuffmanEntry {
        let primaryMask: UInt64 = (1 &<< UInt64(primaryBits)) &- 1
        let entry = entries[Int(truncatingIfNeeded: bits & primaryMask)]
        guard entry.isLink else { return entry }
        return entries[entry.index(for: bits &>> UInt64(primaryBits))]
    }

    /// Makes the table for a set of codes.
    ///
    /// - Parameters:
    ///   - alphabet: what the symbols stand for; it has at least as many as there are lengths.
    ///   - lengths: each symbol's code length, 0 to 15 bits, 0 for no code.
    /// - Returns: whether it is a set of codes: not over-subscribed, and none missing but for the distances.
    mutating func build(_ alphabet: Alphabet, _ lengths: ArraySlice<UInt8>) -> Bool {
        var counts = [Int](repeating: 0, count: DeflateFormat.longestCode + 1)
        for length in lengths { counts[Int(length)] &+= 1 }
        counts[0] = 0
        guard let longest = counts.indices.last(where: { counts[$0] > 0 }) else {
            primaryBits = 0
            entries = [.invalid(length: 0)]
            return alphabet.permitsNone
        }
        let used = (1...longest).reduce(0) { $0 + counts[$1] << (longest - $1) }
        let isComplete = used == 1 << longest
        // What is incomplete will do if it is one code of one bit.
        guard isComplete || (alphabet.permitsNone && longest == 1 && used == 1) else { return false }
        primaryBits = min(longest, alphabet.primaryBits)
        entries.removeAll(keepingCapacity: true)
        entries.reserveCapacity(1 << primaryBits + (longest > primaryBits ? Self.commonSecondaryCount : 0))
        // Without a code is at most the second of two patterns of one bit.
        entries.append(contentsOf: repeatElement(.invalid(length: 1), count: 1 << primaryBits))
        fill(alphabet.prototypes, lengths, counts: counts, longest: longest)
        return true
    }

    /// How many secondary entries there seldom are more of.
    private static let commonSecondaryCount = 128

    private mutating func fill(
        _ prototypes: [HuffmanEntry], _ lengths: ArraySlice<UInt8>, counts: [Int], longest: Int
    ) {
        // The symbols in the order of their codes: by length, then by number.
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: lengths.count) { symbols in
            var ends = [Int](repeating: 0, count: counts.count)
            for length in 1..<longest { ends[length + 1] = ends[length] + counts[length] }
            for (symbol, length) in lengths.enumerated() where length > 0 {
                symbols[ends[Int(length)]] = UInt16(truncatingIfNeeded: symbol)
                ends[Int(length)] += 1
            }
            var code = 0
            var next = 0
            for length in 1...primaryBits {
                code <<= 1
                repeatEntries(upTo: 1 << length)
                for symbol in symbols[next..<ends[length]] {
                    entries[Self.reversed(code, count: length)] = prototypes[Int(symbol)].with(length: length)
                    code += 1
                }
                next = ends[length]
            }
            // A secondary table is as large as its longest code, so it starts with that: all ones is the last code.
            code = 1 << longest
            for length in stride(from: longest, to: primaryBits, by: -1) {
                for symbol in symbols[ends[length - 1]..<ends[length]].reversed() {
                    code -= 1
                    let bits = Self.reversed(code, count: length)
                    insertLong(prototypes[Int(symbol)].with(length: length), bits: bits, length: length)
                }
                code >>= 1
            }
        }
    }

    /// Makes of a table for codes one bit shorter a table of `count` entries: that bit means nothing to the codes in it.
    private mutating func repeatEntries(upTo count: Int) {
        entries.withUnsafeMutableBufferPointer { entries in
            for index in 0..<count / 2 { entries[count / 2 + index] = entries[index] }
        }
    }

    private mutating func insertLong(_ entry: HuffmanEntry, bits: Int, length: Int) {
        let prefix = bits & (1 << primaryBits - 1)
        if !entries[prefix].isLink {
            let size = length - primaryBits
            entries[prefix] = .link(to: entries.count, bits: size)
            entries.append(contentsOf: repeatElement(.invalid(length: length), count: 1 << size))
        }
        let table = entries[prefix]
        for index in stride(from: bits >> primaryBits, to: 1 << table.extraBits, by: 1 << (length - primaryBits)) {
            entries[table.base + index] = entry
        }
    }

    /// `code` as it comes from the stream: its most significant bit first (RFC 1951 §3.1.1).
    static func reversed(_ code: Int, count: Int) -> Int {
        var rest = UInt16(truncatingIfNeeded: code)
        rest = rest >> 8 | rest << 8
        rest = (rest & 0xF0F0) >> 4 | (rest & 0x0F0F) << 4
        rest = (rest & 0xCCCC) >> 2 | (rest & 0x3333) << 2
        rest = (rest & 0xAAAA) >> 1 | (rest & 0x5555) << 1
        return Int(rest) >> (16 - count)
    }
}
