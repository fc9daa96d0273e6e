/// Writes tokens as a block of the kind that takes the fewest bits: RFC 1951 §3.2.3.
struct BlockEncoder: Sendable {
    private enum Kind: UInt64 {
        case stored = 0
        case fixed = 1
        case dynamic = 2
    }

    private var literalFrequencies = [UInt32](repeating: 0, count: DeflateFormat.literalSymbolCount)
    private var distanceFrequencies = [UInt32](repeating: 0, count: DeflateFormat.distanceSymbolCount)
    private var literals = PrefixCode(symbolCount: DeflateFormat.literalSymbolCount)
    private var distances = PrefixCode(symbolCount: DeflateFormat.distanceSymbolCount)
    private var header = DynamicHeader()
    private var finder = CodeLengths()

    /// Appends a block that isn't marked as the last.
    ///
    /// - Parameters:
    ///   - tokens: what it consists of, 1 to ``MatchFinder/tokenLimit``.
    ///   - bytes: what the tokens stand for, at most 65,535 bytes.
    ///   - output: gets the whole bytes.
    ///   - rest: the bits that go before the block, then those behind its last whole byte.
    mutating func append(
        _ tokens: ArraySlice<DeflateToken>, for bytes: UnsafeRawBufferPointer, to output: inout [UInt8],
        rest: inout PartialByte
    ) {
        Self.count(tokens, &literalFrequencies, &distanceFrequencies)
        let (kind, cost) = cheapest(byteCount: bytes.count, partialBits: rest.count)
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: (rest.count + cost) / 8 + BitWriter.overrun))
        let end = output.withUnsafeMutableBytes { room in
            var writer = BitWriter(room: room, position: start, rest: rest)
            writer.put(kind.rawValue << 1, 3)
            switch kind {
            case .stored:
                writer.alignToByte()
                let length = UInt64(bytes.count)
                writer.put(length | (~length & 0xFFFF) << 16, 32)
                writer.append(bytes)
            case .fixed:
                Self.write(tokens, to: &writer, .fixedLiterals, .fixedDistances)
            case .dynamic:
                header.write(to: &writer)
                Self.write(tokens, to: &writer, literals, distances)
            }
            rest = writer.rest
            return writer.position
        }
        output.removeLast(output.count - end)
    }

    /// Counts the symbols of a block.
    private static func count(
        _ tokens: ArraySlice<DeflateToken>, _ literals: inout [UInt32], _ distances: inout [UInt32]
    ) {
        let steps = DeflateToken.lengthSteps
        var literalFrequencies = literals.mutableSpan
        var distanceFrequencies = distances.mutableSpan
        for symbol in literalFrequencies.indices { literalFrequencies[symbol] = 0 }
        for symbol in distanceFrequencies.indices { distanceFrequencies[symbol] = 0 }
        for token in tokens {
            let distance = token.distance
            if distance == 0 {
                literalFrequencies[token.lengthOrLiteral] &+= 1
            } else {
                let step = Int(steps[token.lengthOrLiteral &- DeflateFormat.shortestMatch])
                literalFrequencies[DeflateFormat.endOfBlock &+ 1 &+ step] &+= 1
                distanceFrequencies[DeflateToken.distanceSymbol(distance)] &+= 1
            }
        }
        literalFrequencies[DeflateFormat.endOfBlock] = 1
    }

    /// The kind of block that takes the fewest bits, and how many: exactly as many as will be written.
    private mutating func cheapest(byteCount: Int, partialBits: Int) -> (kind: Kind, cost: Int) {
        literals.optimize(for: literalFrequencies, limit: DeflateFormat.longestCode, with: &finder)
        distances.optimize(for: distanceFrequencies, limit: DeflateFormat.longestCode, with: &finder)
        header.describe(literals: literals, distances: distances, with: &finder)
        var extraBits = 0
        for (step, length) in DeflateFormat.lengths.enumerated() {
            extraBits += Int(literalFrequencies[DeflateFormat.endOfBlock + 1 + step]) * length.extraBits
        }
        for (symbol, distance) in DeflateFormat.distances.enumerated() {
            extraBits += Int(distanceFrequencies[symbol]) * distance.extraBits
        }
        let dynamic = 3 + header.cost + Self.cost(literalFrequencies, literals, distanceFrequencies, distances)
        let fixed = 3 + Self.cost(literalFrequencies, .fixedLiterals, distanceFrequencies, .fixedDistances)
        let padding = (16 - 3 - partialBits) & 7
        let stored = 3 + padding + 32 + 8 * byteCount
        if stored <= min(dynamic, fixed) + extraBits { return (.stored, stored) }
        return fixed <= dynamic ? (.fixed, fixed + extraBits) : (.dynamic, dynamic + extraBits)
    }

    private static func cost(
        _ literalFrequencies: [UInt32], _ literals: PrefixCode, _ distanceFrequencies: [UInt32], _ distances: PrefixCode
    ) -> Int {
        literals.cost(of: literalFrequencies) + distances.cost(of: distanceFrequencies)
    }

    private static func write(
        _ tokens: ArraySlice<DeflateToken>, to target: inout BitWriter, _ literals: PrefixCode, _ distances: PrefixCode
    ) {
        // A copy, so that the compiler can keep it in registers.
        var writer = target
        let literals = literals.entries
        let distances = distances.entries
        let steps = DeflateToken.lengthSteps
        let lengthBases = DeflateFormat.lengths
        let distanceBases = DeflateFormat.distances
        for token in tokens {
            let distance = token.distance
            if distance == 0 {
                let entry = UInt64(literals[token.lengthOrLiteral])
                writer.put(entry & 0xFFFF, Int(truncatingIfNeeded: entry &>> 16))
                continue
            }
            let step = Int(steps[token.lengthOrLiteral &- DeflateFormat.shortestMatch])
            let length = lengthBases[step]
            // At most 15 + 5 + 15 + 13 bits.
            var entry = UInt64(literals[DeflateFormat.endOfBlock &+ 1 &+ step])
            var bits = entry & 0xFFFF
            var count = entry &>> 16
            bits |= UInt64(truncatingIfNeeded: token.lengthOrLiteral &- length.base) &<< count
            count &+= UInt64(truncatingIfNeeded: length.extraBits)
            let symbol = DeflateToken.distanceSymbol(distance)
            let far = distanceBases[symbol]
            entry = UInt64(distances[symbol])
            bits |= (entry & 0xFFFF) &<< count
            count &+= entry &>> 16
            bits |= UInt64(truncatingIfNeeded: distance &- far.base) &<< count
            count &+= UInt64(truncatingIfNeeded: far.extraBits)
            writer.put(bits, Int(truncatingIfNeeded: count))
        }
        let end = UInt64(literals[DeflateFormat.endOfBlock])
        writer.put(end & 0xFFFF, Int(truncatingIfNeeded: end >> 16))
        target = writer
    }
}
