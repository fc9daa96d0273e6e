/// The numbers DEFLATE is defined by: RFC 1951 §3.2.5 to §3.2.7.
enum DeflateFormat {
    /// A length or distance symbol: it stands for `base` plus the number in the `extraBits` bits behind it.
    struct Step: Sendable {
        let base: Int
        let extraBits: Int
    }

    /// The symbol that ends a block; 0–255 are literals, those above are lengths.
    static let endOfBlock = 256
    /// Literals, the end of the block and the lengths. The fixed code has two more that mean nothing.
    static let literalSymbolCount = 286
    /// The distances. The fixed code has two more that mean nothing.
    static let distanceSymbolCount = 30
    /// The symbols in which the code lengths of a dynamic block are written.
    static let lengthSymbolCount = 19
    /// The longest code of a literal, a length or a distance in bits.
    static let longestCode = 15
    /// The longest code of a code length in bits.
    static let longestLengthCode = 7

    /// The shortest match in bytes.
    static let shortestMatch = 3
    /// The longest match in bytes.
    static let longestMatch = 258
    /// The most bytes a stored block holds.
    static let longestStoredBlock = 65_535

    /// What the symbols from 257 on stand for: 3 to 258 bytes. The last is no range but 258 itself.
    static let lengths: [Step] = steps(count: 28, from: shortestMatch, perDoubling: 4) + [Step(base: 258, extraBits: 0)]
    /// What the distance symbols stand for: 1 to 32,768 bytes.
    static let distances: [Step] = steps(count: distanceSymbolCount, from: 1, perDoubling: 2)
    /// The order in which a dynamic block lists the lengths of its length codes.
    static let lengthSymbolOrder: [UInt8] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The code lengths of a fixed block's literals and lengths.
    static let fixedLiteralLengths: [UInt8] =
        Array(repeating: 8, count: 144) + Array(repeating: 9, count: 112) + Array(repeating: 7, count: 24)
        + Array(repeating: 8, count: 8)
    /// The code lengths of a fixed block's distances.
    static let fixedDistanceLengths: [UInt8] = Array(repeating: 5, count: 32)

    /// Steps of which the first two groups have no extra bits, and every group after that one more than the last.
    private static func steps(count: Int, from first: Int, perDoubling group: Int) -> [Step] {
        var base = first
        return (0..<count).map { index in
            let extraBits = max(index / group - 1, 0)
            defer { base += 1 << extraBits }
            return Step(base: base, extraBits: extraBits)
        }
    }
}
