import Testing

@testable import WebSocket

@Suite("Masking")
struct MaskingTests {
    func plain(_ key: [UInt8], _ bytes: [UInt8], phase: Int) -> [UInt8] {
        bytes.enumerated().map { $1 ^ key[($0 + phase) % 4] }
    }

    @Test("words and bytes at every alignment, length and phase give what RFC 6455 §5.3 says")
    func everyAlignment() {
        let key = MaskingKey(0x12, 0x34, 0x56, 0x78)
        let bytes = (0..<80).map { UInt8($0 * 3) }
        for start in 0..<9 {
            for count in [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70] {
                for phase in 0..<9 {
                    var masked = bytes
                    masked.withUnsafeMutableBytes {
                        let piece = UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + count])
                        Masking.apply(key, to: piece, phase: phase)
                    }
                    var expected = bytes
                    let piece = Array(bytes[start..<start + count])
                    expected[start..<start + count] = plain([0x12, 0x34, 0x56, 0x78], piece, phase: phase)[...]
                    #expect(masked == expected)
                }
            }
        }
    }

    @Test("a key goes on where the last piece ended")
    func advanced() {
        let key = MaskingKey(1, 2, 3, 4)
        #expect(key.advanced(by: 1) == MaskingKey(2, 3, 4, 1))
        #expect(key.advanced(by: 6) == MaskingKey(3, 4, 1, 2))
        #expect(key.advanced(by: 8) == key)
    }

    @Test("an empty view is left alone")
    func empty() {
        Masking.apply(MaskingKey(1, 2, 3, 4), to: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
}
