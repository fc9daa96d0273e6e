/// Finds how long each symbol's code is: Huffman's lengths, changed as little as a limit asks for.
struct CodeLengths: Sendable {
    /// The symbols that occur, the rarest first: how often, and in the low 9 bits the symbol.
    private var leaves: [UInt32]
    /// How often what is below each inner node occurs.
    private var weights: [UInt32]
    /// For each leaf, then each inner node, the inner node above it; later that one's depth takes its place.
    private var parents: [UInt16]

    private static let symbolBits: UInt32 = 9

    init() {
        let count = DeflateFormat.literalSymbolCount
        leaves = [UInt32](repeating: 0, count: count)
        weights = [UInt32](repeating: 0, count: count)
        parents = [UInt16](repeating: 0, count: 2 * count)
    }

    /// Finds the lengths for symbols that occur so often.
    ///
    /// There are always two codes at least, so that no pattern of bits is without one: some decoders insist on that.
    ///
    /// - Parameters:
    ///   - frequencies: at most 286, of which the sum is below 2^23.
    ///   - limit: the longest code in bits; 2 to the power of it must be at least the number of symbols.
    ///   - lengths: gets the length for each symbol, 0 for those that don't occur.
    mutating func find(for frequencies: [UInt32], limit: Int, into lengths: inout [UInt8]) {
        let count = collectLeaves(frequencies)
        sortLeaves(count)
        Self.joinNodes(leaves[..<count], &weights, &parents)
        var counts = countDepths(count, limit: limit)
        Self.shorten(&counts, limit: limit)
        var lengths = lengths.mutableSpan
        for symbol in lengths.indices { lengths[symbol] = 0 }
        var leaf = 0
        for length in (1...limit).reversed() {
            for _ in 0..<counts[length] {
                lengths[Int(leaves[leaf] & (1 << Self.symbolBits - 1))] = UInt8(truncatingIfNeeded: length)
                leaf += 1
            }
        }
    }

    private mutating func collectLeaves(_ frequencies: [UInt32]) -> Int {
        var leaves = leaves.mutableSpan
        var count = 0
        for symbol in frequencies.indices where frequencies[symbol] > 0 {
            leaves[count] = frequencies[symbol] << Self.symbolBits | UInt32(symbol)
            count += 1
        }
        for symbol in [UInt32(0), 1] where count < 2 && frequencies[Int(symbol)] == 0 {
            leaves[count] = symbol
            count += 1
        }
        return count
    }

    /// Shell's sort: the symbols are few, and it needs no memory.
    private mutating func sortLeaves(_ count: Int) {
        var leaves = leaves.mutableSpan
        for gap in [132, 57, 23, 10, 4, 1] where gap < count {
            for index in gap..<count {
                let leaf = leaves[index]
                var hole = index
                while hole >= gap, leaves[hole - gap] > leaf {
                    leaves[hole] = leaves[hole - gap]
                    hole -= gap
                }
                leaves[hole] = leaf
            }
        }
    }

    /// Huffman's algorithm. Inner nodes come into being in the order of their weights, so two queues will do.
    private static func joinNodes(
        _ leaves: ArraySlice<UInt32>, _ innerWeights: inout [UInt32], _ nodeParents: inout [UInt16]
    ) {
        let count = leaves.count
        var weights = innerWeights.mutableSpan
        var parents = nodeParents.mutableSpan
        var nextLeaf = 0
        var nextInner = 0
        for inner in 0..<count - 1 {
            var weight: UInt32 = 0
            for _ in 0..<2 {
                let takesLeaf =
                    nextLeaf < count
                    && (nextInner == inner || leaves[nextLeaf] >> symbolBits <= weights[nextInner])
                weight += takesLeaf ? leaves[nextLeaf] >> symbolBits : weights[nextInner]
                parents[takesLeaf ? nextLeaf : count + nextInner] = UInt16(truncatingIfNeeded: inner)
                if takesLeaf { nextLeaf += 1 } else { nextInner += 1 }
            }
            weights[inner] = weight
        }
    }

    /// How many leaves are at each depth; what is deeper than `limit` is counted there.
    private mutating func countDepths(_ count: Int, limit: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: limit + 1)
        var nodes = parents.mutableSpan
        let root = 2 * count - 2
        nodes[root] = 0
        for node in (0..<root).reversed() {
            let depth = nodes[count + Int(nodes[node])] + 1
            nodes[node] = depth
            if node < count { counts[min(Int(depth), limit)] += 1 }
        }
        return counts
    }

    /// Makes room for the leaves that were too deep.
    ///
    /// Each step hangs a leaf and one of the deepest under the leaf's old place, which frees one place at the limit.
    private static func shorten(_ counts: inout [Int], limit: Int) {
        let used = (1...limit).reduce(0) { $0 + counts[$1] << (limit - $1) }
        for _ in 0..<max(0, used - 1 << limit) {
            guard let length = (1..<limit).last(where: { counts[$0] > 0 }) else { return }
            counts[length] -= 1
            counts[length + 1] += 2
            counts[limit] -= 1
        }
    }
}
