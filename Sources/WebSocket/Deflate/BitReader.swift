/// The bits of a piece of a message, least significant first (RFC 1951 §3.1.1), behind those left of the last piece.
struct BitReader {
    let bytes: UnsafeRawBufferPointer
    /// The first byte that isn't in `bits`.
    var position = 0
    /// The next bits of the stream. Those from `count` on are zero.
    var bits: UInt64
    /// How many bits there are, 0 to 63.
    var count: Int

    /// How many bytes are left that aren't in `bits`.
    var bytesLeft: Int { bytes.count &- position }

    /// Takes as many bytes as there is room for. Afterwards there are at least 48 bits, or no bytes are left.
    @inline(__always)
    mutating func fill() {
        while count < 56, position < bytes.count {
            bits |= UInt64(bytes[position]) &<< UInt64(count)
            position &+= 1
            count &+= 8
        }
    }

    /// Goes on to the bits behind the next `length`, which is at most `count`.
    @inline(__always)
    mutating func drop(_ length: Int) {
        bits = bits &>> UInt64(length)
        count &-= length
    }

    /// The number in the next `length` bits, at most 48; nil, with nothing taken, while bits are missing.
    mutating func take(_ length: Int) -> Int? {
        fill()
        guard length <= count else { return nil }
        defer { drop(length) }
        return Int(truncatingIfNeeded: bits & ((1 &<< UInt64(length)) &- 1))
    }

    /// Drops what is left of a byte that was begun.
    mutating func alignToByte() {
        drop(count & 7)
    }
}
