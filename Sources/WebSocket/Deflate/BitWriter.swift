/// Writes bits, least significant first (RFC 1951 §3.1.1), into room whose size is known beforehand.
struct BitWriter {
    /// How much more room is needed behind the last byte, because whole words are stored.
    static let overrun = 8

    private let room: UnsafeMutableRawBufferPointer
    /// The index behind the last whole byte.
    private(set) var position: Int
    /// The bits that aren't a whole byte yet.
    private(set) var rest: PartialByte

    /// A writer that goes on behind `rest`; its first byte goes to `position`.
    init(room: UnsafeMutableRawBufferPointer, position: Int, rest: PartialByte) {
        self.room = room
        self.position = position
        self.rest = rest
    }

    /// Appends the `count` low bits of `number`, at most 56; the others are clear.
    @inline(__always)
    mutating func put(_ number: UInt64, _ count: Int) {
        let bits = UInt64(rest.bits) | number &<< UInt64(rest.count)
        let total = rest.count &+ count
        precondition(position &+ Self.overrun <= room.count, "a block is longer than it was reckoned to be")
        room.storeBytes(of: bits.littleEndian, toByteOffset: position, as: UInt64.self)
        position &+= total &>> 3
        rest = PartialByte(bits: UInt8(truncatingIfNeeded: bits &>> UInt64(total & ~7)), count: total & 7)
    }

    /// Appends zero bits up to the next whole byte.
    mutating func alignToByte() {
        put(0, (8 - rest.count) & 7)
    }

    /// Appends whole bytes behind whole bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        room[position..<position + bytes.count].copyBytes(from: bytes)
        position += bytes.count
    }
}
