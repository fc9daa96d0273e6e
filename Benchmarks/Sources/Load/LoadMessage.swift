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
        guard payload.count >= Self.headSize else { return nil }
        publisher = Self.number(payload[0..<4])
        number = Self.number(payload[4..<14])
        nanoseconds = Self.number(payload[14..<32])
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
        digits.reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
    }
}
