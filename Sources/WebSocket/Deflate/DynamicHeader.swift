/// The codes of a dynamic block as the block lists them: RFC 1951 §3.2.7.
struct DynamicHeader: Sendable {
    /// A length, or the order to repeat one: the symbol, and from bit 8 on the number in its extra bits.
    private typealias Item = UInt16

    private static let repeatLast = 16
    private static let repeatZero = 17
    private static let repeatZeroLong = 18
    private static let extraBits: [UInt8] = Array(repeating: 0, count: 16) + [2, 3, 7]

    private var items: [Item] = []
    private var frequencies = [UInt32](repeating: 0, count: DeflateFormat.lengthSymbolCount)
    private var code = PrefixCode(symbolCount: DeflateFormat.lengthSymbolCount)
    private var literalCount = 0
    private var distanceCount = 0
    private var codeCount = 0
    /// The header's size in bits, without the block's first three.
    private(set) var cost = 0

    /// Makes the header for a block with these codes.
    mutating func describe(literals: PrefixCode, distances: PrefixCode, with finder: inout CodeLengths) {
        items.removeAll(keepingCapacity: true)
        for symbol in frequencies.indices { frequencies[symbol] = 0 }
        literalCount = literals.usedCount
        distanceCount = distances.usedCount
        // A run could go on from the literals to the distances; it would save next to nothing.
        addRuns(literals.lengths[..<literalCount])
        addRuns(distances.lengths[..<distanceCount])
        code.optimize(for: frequencies, limit: DeflateFormat.longestLengthCode, with: &finder)
        codeCount = (DeflateFormat.lengthSymbolOrder.lastIndex { code.lengths[Int($0)] > 0 } ?? 0) + 1
        codeCount = max(codeCount, 4)
        cost = 14 + 3 * codeCount + code.cost(of: frequencies)
        for symbol in Self.repeatLast...Self.repeatZeroLong {
            cost += Int(frequencies[symbol]) * Int(Self.extraBits[symbol])
        }
    }

    /// Appends the header. The first three bits of the block are there already.
    func write(to writer: inout BitWriter) {
        writer.put(UInt64(literalCount - 257), 5)
        writer.put(UInt64(distanceCount - 1), 5)
        writer.put(UInt64(codeCount - 4), 4)
        for symbol in DeflateFormat.lengthSymbolOrder.prefix(codeCount) {
            writer.put(UInt64(code.lengths[Int(symbol)]), 3)
        }
        for item in items {
            let symbol = Int(item & 0xFF)
            let entry = UInt64(code.entries[symbol])
            let length = Int(entry >> 16)
            writer.put(entry & 0xFFFF | UInt64(item >> 8) << UInt64(length), length + Int(Self.extraBits[symbol]))
        }
    }

    private mutating func addRuns(_ lengths: ArraySlice<UInt8>) {
        var start = lengths.startIndex
        while start < lengths.endIndex {
            let length = lengths[start]
            var end = start + 1
            while end < lengths.endIndex, lengths[end] == length { end += 1 }
            addRun(of: Int(length), count: end - start)
            start = end
        }
    }

    private mutating func addRun(of length: Int, count: Int) {
        var left = count
        if length == 0 {
            while left >= 11 {
                let part = min(left, 138)
                add(Self.repeatZeroLong, extra: part - 11)
                left -= part
            }
            if left >= 3 {
                add(Self.repeatZero, extra: left - 3)
                left = 0
            }
        } else {
            // Only what has been said can be repeated.
            add(length)
            left -= 1
            while left >= 3 {
                // Seven are four and three, eight four and four: none is left over for a symbol of its own.
                let part = left == 7 || left == 8 ? 4 : min(left, 6)
                add(Self.repeatLast, extra: part - 3)
                left -= part
            }
        }
        for _ in 0..<left { add(length) }
    }

    private mutating func add(_ symbol: Int, extra: Int = 0) {
        items.append(Item(extra << 8 | symbol))
        frequencies[symbol] += 1
    }
}
