import Testing

@testable import WebSocket

@Suite("gzip")
struct GzipTests {
    @Test("the check sum of RFC 1952 over the digits 1 to 9 is CBF43926, over nothing 0")
    func checksums() {
        #expect(CRC32.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum(of: []) == 0)
        #expect(CRC32.checksum(of: Array("a".utf8)) == 0xE8B7_BE43)
    }

    @Test(
        "a member has the header of §2.3, one stream that ends, the check sum and the length",
        arguments: [0, 1, 3, 1_000, 16_383, 16_384, 100_000])
    func member(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let member = Gzip.compress(bytes)
        #expect(member.prefix(10) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        let stream = member[10..<(member.count - 8)]
        // Its last block is an empty one with fixed codes, marked as the last.
        #expect(stream.suffix(2) == [0x03, 0x00])
        var inflater = Inflater()
        var inflated: [UInt8] = []
        try Array(stream).withUnsafeBytes { try inflater.inflate($0, into: &inflated, limit: size) }
        #expect(inflated == bytes)
        #expect(inflater.isFinalBlock)
        let trailer = member.suffix(8)
        #expect(Self.number(trailer.prefix(4)) == CRC32.checksum(of: bytes))
        #expect(Self.number(trailer.suffix(4)) == UInt32(size))
    }

    @Test("text shrinks, noise grows by the bytes that are promised at most")
    func sizes() {
        let text = Array(String(repeating: "const room = 'lobby';\n", count: 2_000).utf8)
        #expect(Gzip.compress(text).count < text.count / 20)
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<50_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Gzip.compress(noise).count <= noise.count + 4 * 5 + 25)
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
