import Testing

@testable import RESP

struct SHA1Tests {
    @Test("digests are those of RFC 3174, and of every length around a block's end")
    func digests() {
        #expect(SHA1.hexadecimal(of: []) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hexadecimal(of: "abc".utf8) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(SHA1.hexadecimal(of: long.utf8) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        let digests = (50...130).map { SHA1.hexadecimal(of: [UInt8](repeating: 0x61, count: $0)) }
        #expect(digests[5] == "c1c8bbdc22796e28c0e15163d20899b65621d65a")
        #expect(digests[6] == "c2db330f6083854c99d4b5bfb6e8f29f201be699")
        #expect(digests[14] == "0098ba824b5c16427bd7a1122a5a442a25ec644d")
        #expect(digests.allSatisfy { $0.utf8.count == 40 })
    }
}
