import WebSocket

/// A message of the load: who published it, its number, when (nanoseconds), and filling. All in digits of fixed width, so
/// that reading it costs next to nothing.
struct LoadMessage {
    static let headSize = 4 + 10 + 18

    let publisher: Int
    let number: Int
    let nanoseconds: Int

    /// The text that carries it, of `size` bytes.
    static func text(publisher: Int, number: Int, nanoseconds: Int, size: Int) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(size)
        append(publisher, width: 4, to: &text)
        append(number, width: 10, to: &text)
        append(nanoseconds, width: 18, to: &text)
        while text.count < size { text.append(UInt8(ascii: "x")) }
        return text
    }

    private static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
        var (rest, place) = (number, 1)
        for _ in 1..<width { place *= 10 }
        while place > 0 {
            text.append(UInt8(ascii: "0") + UInt8(rest / place % 10))
            rest %= place
            place /= 10
        }
    }

    init?(_ payload: UnsafeRawBufferPointer) {
        guard payload.count >= Self.headSize, let digits = payload.baseAddress else { return nil }
        publisher = Self.number(digits, 4)
        number = Self.number(digits + 4, 10)
        nanoseconds = Self.number(digits + 14, 18)
    }

    private static func number(_ digits: UnsafeRawPointer, _ count: Int) -> Int {
        var (number, left) = (0, count)
        var place = digits
        while left >= 8 {
            number = number &* 100_000_000 &+ eight(place.loadUnaligned(as: UInt64.self))
            (place, left) = (place + 8, left - 8)
        }
        for index in 0..<left {
            number = number &* 10 &+ Int(place.load(fromByteOffset: index, as: UInt8.self) &- 0x30)
        }
        return number
    }

    /// Eight digits, the first in the lowest byte: neighbours are joined to pairs, those to fours, those to eight.
    private static func eight(_ digits: UInt64) -> Int {
        let single = digits & 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (single &* 10 &+ single >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
        return Int((fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF)
    }
}
