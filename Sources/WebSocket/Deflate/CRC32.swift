/// The check sum of gzip: CRC-32 with the reflected polynomial EDB88320 (RFC 1952 §8).
enum CRC32 {
    /// What each value of a byte does to the sum.
    private static let table: [UInt32] = (0..<256).map { byte in
        var entry = UInt32(byte)
        for _ in 0..<8 { entry = entry & 1 == 0 ? entry >> 1 : entry >> 1 ^ 0xEDB8_8320 }
        return entry
    }

    /// The sum of all bytes; 0 for none.
    static func checksum(of bytes: [UInt8]) -> UInt32 {
        let table = table
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
        return ~sum
    }
}
