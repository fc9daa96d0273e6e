/// A literal or a match, as the deflater finds them: RFC 1951 §3.2.5.
struct DeflateToken: Sendable {
    private let rawValue: UInt32

    /// A byte as it is.
    @inline(__always)
    init(literal: UInt8) {
        rawValue = UInt32(literal)
    }

    /// The 3 to 258 bytes that are found 1 to 32,768 bytes back.
    @inline(__always)
    init(length: Int, distance: Int) {
        rawValue = UInt32(truncatingIfNeeded: distance &<< 9 | length)
    }

    /// 0 for a literal.
    @inline(__always)
    var distance: Int { Int(truncatingIfNeeded: rawValue >> 9) }
    /// A match's length; a literal's byte.
    @inline(__always)
    var lengthOrLiteral: Int { Int(truncatingIfNeeded: rawValue & 0x1FF) }

    /// For each length from 3 on, which symbol it has, counted from the first length symbol.
    static let lengthSteps: [UInt8] = (DeflateFormat.shortestMatch...DeflateFormat.longestMatch).map { length in
        let step = DeflateFormat.lengths.lastIndex { $0.base <= length } ?? 0
        return UInt8(truncatingIfNeeded: step)
    }

    /// The symbol of a distance: two for each power of two, told apart by the bit behind the highest.
    @inline(__always)
    static func distanceSymbol(_ distance: Int) -> Int {
        let index = UInt32(truncatingIfNeeded: distance &- 1)
        guard index >= 2 else { return Int(truncatingIfNeeded: index) }
        let highest = 31 &- index.leadingZeroBitCount
        return 2 &* highest &+ Int(truncatingIfNeeded: index &>> UInt32(highest &- 1) & 1)
    }
}
