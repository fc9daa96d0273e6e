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

        /// Whether a set of codes will do that leaves bit patterns unused: RFC 1951 §3.2.7 has a single distance code
        /// of one bit, or none for a block of literals only.
        fileprivate func permits(incomplete counts: [Int]) -> Bool {
            guard case .distances = self else { return false }
            let codes = counts.dropFirst().reduce(0, +)
            return codes == 0 || (codes == 1 && counts[1] == 1)
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
    ///   - alphabet: what the symbols stand for.
    ///   - lengths: each symbol's code length, 0 to 15 bits, 0 for no code.
    /// - Returns: whether it is a set of codes: not over-subscribed, and none missing but for the distances.
    mutating func build(_ alphabet: Alphabet, _ lengths: ArraySlice<UInt8>) -> Bool {
        var counts = [Int](repeating: 0, count: DeflateFormat.longestCode + 1)
        for length in lengths { counts[Int(length)] += 1 }
        guard let longest = counts.indices.last(where: { $0 > 0 && counts[$0] > 0 }) else {
            return buildEmpty(isValid: alphabet.permits(incomplete: counts))
        }
        let used = (1...longest).reduce(0) { $0 + counts[$1] << (longest - $1) }
        guard used == 1 << longest || (used < 1 << longest && alphabet.permits(incomplete: counts)) else {
            return false
        }
        primaryBits = min(longest, alphabet.primaryBits)
        entries.removeAll(keepingCapacity: true)
        // Bit patterns without a code are found only in a set with a single code.
        entries.append(contentsOf: repeatElement(.invalid(length: 1), count: 1 << primaryBits))
        fill(alphabet, lengths, counts: counts, longest: longest)
        return true
    }

    private mutating func buildEmpty(isValid: Bool) -> Bool {
        primaryBits = 0
        entries = [.invalid(length: 0)]
        return isValid
    }

    private mutating func fill(_ alphabet: Alphabet, _ lengths: ArraySlice<UInt8>, counts: [Int], longest: Int) {
        // The code after the last of each length: codes count upwards, symbol by symbol.
        var ends = [Int](repeating: 0, count: longest + 1)
        for length in 1...longest { ends[length] = (ends[length - 1] << 1) + counts[length] }
        let prototypes = alphabet.prototypes
        // Secondary tables are as large as the longest code they hold, so they start with that one.
        let passes = longest > primaryBits ? Array((primaryBits + 1...longest).reversed()) : []
        for length in passes {
            for (symbol, own) in zip((0..<lengths.count).reversed(), lengths.reversed()) where Int(own) == length {
                ends[length] -= 1
                let bits = Self.reversed(ends[length], count: length)
                insertLong(prototypes[symbol].with(length: length), bits: bits, length: length)
            }
        }
        for (symbol, own) in zip((0..<lengths.count).reversed(), lengths.reversed()) {
            let length = Int(own)
            guard length > 0, length <= primaryBits else { continue }
            ends[length] -= 1
            let entry = prototypes[symbol].with(length: length)
            let first = Self.reversed(ends[length], count: length)
            for index in stride(from: first, to: 1 << primaryBits, by: 1 << length) { entries[index] = entry }
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
