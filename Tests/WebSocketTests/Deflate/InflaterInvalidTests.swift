import Testing

@testable import WebSocket

@Suite("Refusing what isn't DEFLATE")
struct InflaterInvalidTests {
    /// A dynamic block's header. The list of lengths is written with codes of four bits for 0 to 15, so that any list
    /// can be; `lengthCodes` replaces their lengths.
    private static func dynamic(
        literals: [Int], distances: [Int], lengthCodes: [Int: Int]? = nil, literalCount: Int? = nil,
        distanceCount: Int? = nil
    ) -> BitStream {
        var bits = BitStream()
        bits.number(4, 3)
        bits.number((literalCount ?? literals.count) - 257, 5)
        bits.number((distanceCount ?? distances.count) - 1, 5)
        bits.number(15, 4)
        for symbol in DeflateFormat.lengthSymbolOrder {
            bits.number(lengthCodes?[Int(symbol), default: 0] ?? (symbol < 16 && lengthCodes == nil ? 4 : 0), 3)
        }
        guard lengthCodes == nil else { return bits }
        for length in literals + distances { bits.code(length, 4) }
        return bits
    }

    /// Lengths for 257 symbols or more: `a` and `b` have codes, and the block's end.
    private static func literals(_ lengths: [Int: Int], count: Int = 257) -> [Int] {
        (0..<count).map { lengths[$0, default: 0] }
    }

    private static let common = literals([97: 1, 98: 2, 256: 2])

    private func isCorrupt(_ bits: BitStream) -> Bool {
        var bits = bits
        // Enough behind it that nothing is left to wait for, on the way by words as well.
        bits.number(0, 256)
        return inflated(bits.bytes).error == .corrupt
    }

    @Test("the header these tests write is valid as it is")
    func valid() {
        var bits = Self.dynamic(literals: Self.common, distances: [1, 1])
        for (code, count) in [(0, 1), (2, 2), (0, 1), (3, 2)] { bits.code(code, count) }
        #expect(inflated(bits.endMessage()) == InflateOutcome(bytes: Array("aba".utf8)))
    }

    @Test("block type 3")
    func blockType() {
        #expect(inflated([0x06]).error == .corrupt)
        #expect(inflated([0x07, 0, 0, 0, 0, 0, 0]).error == .corrupt)
    }

    @Test("a stored block whose length and complement don't match")
    func storedLength() {
        #expect(inflated([0x00, 0x05, 0x00, 0xFA, 0xFE, 1, 2, 3, 4, 5, 0]).error == .corrupt)
        #expect(inflated([0x00, 0x00, 0x00, 0x00, 0x00]).error == .corrupt)
    }

    @Test("more than 286 literals and lengths, or more than 30 distances")
    func counts() {
        for count in [287, 288] { #expect(isCorrupt(Self.dynamic(literals: [], distances: [1], literalCount: count))) }
        for count in [31, 32] {
            #expect(isCorrupt(Self.dynamic(literals: Self.common, distances: [1], distanceCount: count)))
        }
        var most = Self.dynamic(
            literals: Self.literals([97: 1, 256: 1], count: 286), distances: [1, 1] + Array(repeating: 0, count: 28))
        most.code(1, 1)
        #expect(inflated(most.endMessage()) == InflateOutcome())
    }

    @Test("length codes that are over-subscribed, incomplete, single or none")
    func lengthCodes() {
        for codes in [[0: 1, 1: 1, 2: 1], [0: 1, 1: 2], [1: 1], [:], [0: 7], [0: 1, 1: 2, 2: 3, 18: 2]] {
            #expect(isCorrupt(Self.dynamic(literals: Self.common, distances: [1], lengthCodes: codes)), "\(codes)")
        }
    }

    @Test("literals that are over-subscribed or incomplete")
    func literalCodes() {
        for lengths in [[97: 1, 98: 1, 256: 1], [97: 1, 256: 2], [256: 1], [256: 15], [97: 2, 98: 2, 256: 2]] {
            #expect(isCorrupt(Self.dynamic(literals: Self.literals(lengths), distances: [1, 1])), "\(lengths)")
        }
    }

    @Test("no code for the block's end")
    func noEnd() {
        #expect(isCorrupt(Self.dynamic(literals: Self.literals([97: 1, 98: 1]), distances: [1, 1])))
        #expect(isCorrupt(Self.dynamic(literals: Self.literals([:]), distances: [1, 1])))
    }

    @Test("distances that are over-subscribed or incomplete, but for a single one of one bit, or none")
    func distanceCodes() {
        for lengths in [[1, 1, 1], [1, 2], [2], [15], [2, 2], [2, 2, 2]] {
            #expect(isCorrupt(Self.dynamic(literals: Self.common, distances: lengths)), "\(lengths)")
        }
        for lengths in [[1], [0, 0, 1], [0], [0, 0, 0]] {
            var bits = Self.dynamic(literals: Self.common, distances: lengths)
            for (code, count) in [(0, 1), (3, 2)] { bits.code(code, count) }
            #expect(inflated(bits.endMessage()) == InflateOutcome(bytes: [97]), "\(lengths)")
        }
    }

    @Test("the single distance code is 0; 1 is no code, and where there are none nothing is")
    func singleDistance() {
        let literals = Self.literals([97: 1, 256: 2, 257: 2], count: 258)
        func message(_ distances: [Int], _ code: Int) -> InflateOutcome {
            var bits = Self.dynamic(literals: literals, distances: distances)
            bits.code(0, 1)
            bits.code(3, 2)
            bits.code(code, 1)
            bits.code(2, 2)
            return inflated(bits.endMessage())
        }
        #expect(message([1], 0) == InflateOutcome(bytes: [97, 97, 97, 97]))
        for (distances, code) in [([1], 1), ([0], 0), ([0], 1)] {
            #expect(message(distances, code) == InflateOutcome(bytes: [97], error: .corrupt))
        }
    }

    @Test("a repeated length with none before it, or more lengths than there are symbols")
    func repeats() {
        func list(_ items: [(symbol: Int, extra: Int)]) -> BitStream {
            // 0 and 1 have one and two bits, 16 and 18 three.
            var bits = Self.dynamic(literals: Self.common, distances: [1], lengthCodes: [0: 1, 1: 2, 16: 3, 18: 3])
            for item in items {
                switch item.symbol {
                case 0: bits.code(0, 1)
                case 1: bits.code(2, 2)
                case 16:
                    bits.code(6, 3)
                    bits.number(item.extra, 2)
                default:
                    bits.code(7, 3)
                    bits.number(item.extra, 7)
                }
            }
            return bits
        }
        #expect(isCorrupt(list([(16, 0)])))
        var valid = list([(1, 0), (18, 127), (18, 106), (1, 0), (1, 0)])
        valid.code(1, 1)
        #expect(inflated(valid.endMessage()) == InflateOutcome())
        #expect(isCorrupt(list([(18, 127), (18, 127)])))
        #expect(isCorrupt(list([(1, 0), (18, 127), (18, 106), (1, 0), (16, 0)])))
    }

    @Test("the length symbols 286 and 287, and the distance symbols 30 and 31, of the fixed codes")
    func reservedSymbols() {
        for code in [0b1100_0110, 0b1100_0111] {
            var bits = BitStream()
            bits.number(2, 3)
            bits.code(code, 8)
            #expect(isCorrupt(bits))
        }
        for code in [30, 31] {
            var bits = BitStream()
            bits.number(2, 3)
            bits.code(0x30 + 97, 8)
            bits.code(1, 7)
            bits.code(code, 5)
            #expect(isCorrupt(bits))
        }
    }

    @Test("a distance over what has been put out, or over the window", arguments: 8...15)
    func distances(_ windowBits: Int) {
        let window = 1 << windowBits
        func reaching(_ distance: Int, behind count: Int, split: Bool) -> InflateError? {
            var inflater = Inflater(windowBits: windowBits)
            var stored: [UInt8] = []
            var left = count
            while left > 0 {
                let part = min(left, 65_535)
                stored += [0, UInt8(part & 0xFF), UInt8(part >> 8), ~UInt8(part & 0xFF), ~UInt8(part >> 8)]
                stored += [UInt8](repeating: 5, count: part)
                left -= part
            }
            if split, inflater.message(stored + [0]).error != nil { return .tooBig }
            var bits = BitStream()
            bits.number(2, 3)
            bits.code(1, 7)
            let symbol = DeflateFormat.distances.lastIndex { $0.base <= distance } ?? 0
            bits.code(symbol, 5)
            bits.number(distance - DeflateFormat.distances[symbol].base, DeflateFormat.distances[symbol].extraBits)
            bits.code(0, 7)
            return inflater.message((split ? [] : stored) + bits.endMessage()).error
        }
        for split in [true, false] {
            #expect(reaching(100, behind: 100, split: split) == nil)
            #expect(reaching(101, behind: 100, split: split) == .corrupt)
            #expect(reaching(window, behind: window, split: split) == nil)
            #expect(reaching(window, behind: window * 2 + 77, split: split) == nil)
            #expect(reaching(window, behind: window - 1, split: split) == .corrupt)
            guard window < 32_768 else { continue }
            #expect(reaching(window + 1, behind: window + 1, split: split) == .corrupt)
        }
    }
}
