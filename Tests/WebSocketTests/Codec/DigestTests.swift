import TestSupport
import Testing

@testable import WebSocket

@Suite("SHA-1 and base64")
struct DigestTests {
    @Test(
        "the vectors of FIPS 180 and RFC 3174",
        arguments: [
            ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            ("a", 1_000, "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
            ("01234567", 80, "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
        ]
    )
    func sha1(_ text: String, _ times: Int, _ digest: String) {
        let message = Array(String(repeating: text, count: times).utf8)
        #expect(SHA1.digest(of: message) == hex(digest))
    }

    @Test("lengths around a block's end are padded right")
    func padding() {
        let digests = (50...130).map { SHA1.digest(of: [UInt8](repeating: 0x61, count: $0)) }
        #expect(Set(digests).count == digests.count)
        #expect(digests.allSatisfy { $0.count == 20 })
        #expect(digests[5] == hex("c1c8bbdc22796e28c0e15163d20899b65621d65a"))
        #expect(digests[6] == hex("c2db330f6083854c99d4b5bfb6e8f29f201be699"))
        #expect(digests[14] == hex("0098ba824b5c16427bd7a1122a5a442a25ec644d"))
    }

    @Test(
        "the vectors of RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("\u{0}>?", "AD4/"),
        ]
    )
    func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
    }

    @Test("a key is 16 bytes in base64 and nothing else")
    func keys() {
        #expect(Base64.isSixteenBytes("dGhlIHNhbXBsZSBub25jZQ=="))
        #expect(Base64.isSixteenBytes("AAAAAAAAAAAAAAAAAAAAAA=="))
        #expect(Base64.isSixteenBytes("//////////////////////==") == false, "its last digit holds more than two bits")
        for key in [
            "", "==", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
            "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ= ",
            " dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j-_==", "dGhlIHNhbXBsZSBub25jZXM=",
            "dGhlIHNhbXBsZSBub25jéQ==", "dGhlIHNhbXBsZQ==", "dGhl=HNhbXBsZSBub25jZQ==",
        ] {
            #expect(!Base64.isSixteenBytes(key), "\(key)")
        }
    }

    @Test("the example of RFC 6455 §1.3")
    func accept() {
        #expect(Handshake.acceptValue(forKey: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }
}
