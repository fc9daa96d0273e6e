/// Checks a stream of bytes for being UTF-8, piece by piece: RFC 3629, RFC 6455 §8.1.
///
/// It fails at the first byte that no valid text can continue with: overlong forms, surrogates and code points over
/// U+10FFFF at their second byte, not at their last.
public struct UTF8Validator: Sendable, Hashable {
    private static let failed: UInt8 = 0xFF

    /// How many continuation bytes the character under way still needs.
    private var pending: UInt8 = 0
    /// The range of the next continuation byte: narrower for the second byte after E0, ED, F0 and F4.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    public init() {}

    /// Whether the text may end here: nothing was wrong and no character is unfinished.
    public var isComplete: Bool { pending == 0 }

    /// Checks the next piece of the text.
    ///
    /// - Returns: false as soon as a bad byte was seen, in this piece or an earlier one.
    public mutating func validate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard pending != Self.failed else { return false }
        guard let base = bytes.baseAddress else { return true }
        let end = base + bytes.count
        var cursor = base
        while cursor < end {
            if pending == 0 {
                while end - cursor >= 8, cursor.loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                    cursor += 8
                }
                guard cursor < end else { return true }
            }
            guard accept(cursor.load(as: UInt8.self)) else {
                pending = Self.failed
                return false
            }
            cursor += 1
        }
        return true
    }

    @inline(__always)
    private mutating func accept(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard byte >= lower, byte <= upper else { return false }
            pending &-= 1
            (lower, upper) = (0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lower) = (2, 0xA0)  // lower would be overlong
        case 0xED: (pending, upper) = (2, 0x9F)  // higher would be a surrogate
        case 0xE1...0xEF: pending = 2
        case 0xF0: (pending, lower) = (3, 0x90)  // lower would be overlong
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, upper) = (3, 0x8F)  // higher would be over U+10FFFF
        default: return false
        }
        return true
    }
}
