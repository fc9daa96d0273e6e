/// What stands in a ``HuffmanTable``: a symbol with all that is needed to act on it, or the way to a secondary table.
///
/// Bits 0–4 are the code's length, 5–8 how many extra bits follow, 12–15 the kind, 16–31 the literal or base.
struct HuffmanEntry: Sendable, Hashable {
    private let rawValue: UInt32

    private static let literalFlag: UInt32 = 1 << 15
    /// Neither a literal nor a length or distance: one of the three below.
    private static let exceptionFlag: UInt32 = 1 << 14
    private static let linkFlag: UInt32 = 1 << 13
    private static let endFlag: UInt32 = 1 << 12

    private init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    private init(kind: UInt32, base: Int, extraBits: Int = 0, length: Int = 0) {
        rawValue = UInt32(base) << 16 | kind | UInt32(extraBits) << 5 | UInt32(length)
    }

    /// A pattern of bits that is no symbol's code.
    static func invalid(length: Int) -> HuffmanEntry {
        HuffmanEntry(kind: exceptionFlag, base: 0, length: length)
    }

    /// The way to the secondary table of `1 << bits` entries that starts at `index`.
    static func link(to index: Int, bits: Int) -> HuffmanEntry {
        HuffmanEntry(kind: exceptionFlag | linkFlag, base: index, extraBits: bits)
    }

    func with(length: Int) -> HuffmanEntry {
        HuffmanEntry(rawValue: rawValue | UInt32(length))
    }

    /// The code's length in bits: 0 in a table without codes.
    @inline(__always)
    var length: Int { Int(truncatingIfNeeded: rawValue & 0x1F) }
    /// How many bits follow the code, 0 to 13; for a link, how many find the place in the secondary table.
    @inline(__always)
    var extraBits: Int { Int(truncatingIfNeeded: rawValue >> 5 & 0xF) }
    /// The symbol of a code length, or the least length or distance.
    @inline(__always)
    var base: Int { Int(truncatingIfNeeded: rawValue >> 16) }
    @inline(__always)
    var literal: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) }

    @inline(__always)
    var isLiteral: Bool { rawValue & Self.literalFlag != 0 }
    @inline(__always)
    var isException: Bool { rawValue & Self.exceptionFlag != 0 }
    @inline(__always)
    var isLink: Bool { rawValue & Self.linkFlag != 0 }
    @inline(__always)
    var isEndOfBlock: Bool { rawValue & Self.endFlag != 0 }

    /// Base plus extra bits, for a length or distance whose code `bits` start with.
    @inline(__always)
    func value(from bits: UInt64) -> Int {
        let extra = bits &>> UInt64(length) & ((1 &<< UInt64(extraBits)) &- 1)
        return base &+ Int(truncatingIfNeeded: extra)
    }

    /// For a link: where in the table the rest of the code is, given the bits behind the first ones.
    @inline(__always)
    func index(for bits: UInt64) -> Int {
        base &+ Int(truncatingIfNeeded: bits & ((1 &<< UInt64(extraBits)) &- 1))
    }
}

// MARK: - The symbols, without the lengths of their codes

extension HuffmanEntry {
    static let lengthSymbols: [HuffmanEntry] = (0..<DeflateFormat.lengthSymbolCount).map { symbol in
        // Symbols 16 to 18 repeat a length; the number of times is in the extra bits (RFC 1951 §3.2.7).
        let extraBits = [16: 2, 17: 3, 18: 7][symbol, default: 0]
        return HuffmanEntry(kind: 0, base: symbol, extraBits: extraBits)
    }

    static let literals: [HuffmanEntry] =
        (0..<DeflateFormat.endOfBlock).map { HuffmanEntry(kind: literalFlag, base: $0) }
        + [HuffmanEntry(kind: exceptionFlag | endFlag, base: 0)]
        + DeflateFormat.lengths.map { HuffmanEntry(kind: 0, base: $0.base, extraBits: $0.extraBits) }
        + [.invalid(length: 0), .invalid(length: 0)]

    static let distances: [HuffmanEntry] =
        DeflateFormat.distances.map { HuffmanEntry(kind: 0, base: $0.base, extraBits: $0.extraBits) }
        + [.invalid(length: 0), .invalid(length: 0)]
}
