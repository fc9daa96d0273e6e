import Testing

@testable import WebSocket

@Suite("Limits of inflating")
struct InflaterLimitTests {
    /// Arrays round their capacity up to what the allocator gives.
    private static let rounding = 64

    @Test("a megabyte of compressed zeros stops at 64 KiB, with no more memory than that")
    func bomb() throws {
        // One bit for 258 zeros each: about a thousandth of what they stand for.
        var bits = BitStream()
        bits.number(4, 3)
        Self.appendBombCodes(to: &bits)
        let head = bits.bytes
        let bomb = head + [UInt8](repeating: 0, count: 1 << 20)
        let limit = 65_536
        for size in [1, 100, bomb.count] {
            var inflater = Inflater()
            var output: [UInt8] = []
            var taken = 0
            var caught: InflateError?
            for start in stride(from: 0, to: bomb.count, by: size) {
                taken = start
                do throws(InflateError) {
                    let piece = bomb[start..<min(start + size, bomb.count)]
                    try piece.withUnsafeBufferPointer { piece throws(InflateError) in
                        try inflater.inflate(UnsafeRawBufferPointer(piece), into: &output, limit: limit)
                    }
                } catch {
                    caught = error
                    break
                }
            }
            #expect(caught == .tooBig)
            #expect(output.count > limit - 258 && output.count <= limit)
            #expect(output.allSatisfy { $0 == 0 })
            #expect(output.capacity <= limit + Self.rounding)
            #expect(size == bomb.count || taken < 1000)
        }
    }

    @Test("a message as long as the limit passes; with one byte more it doesn't", arguments: [0, 1, 7, 300, 5000])
    func exact(_ count: Int) {
        var deflater = Deflater()
        let text = Array((0..<2000).map { "\($0 % 77)," }.joined().utf8.prefix(count))
        let payload = deflater.payload(text)
        #expect(inflated(payload, limit: count) == InflateOutcome(bytes: text))
        guard count > 0 else { return }
        let outcome = inflated(payload, limit: count - 1)
        #expect(outcome.error == .tooBig)
        #expect(text.starts(with: outcome.bytes))
        #expect(inflated(payload, limit: 0) == InflateOutcome(error: .tooBig))
        #expect(inflated(payload, limit: .min) == InflateOutcome(error: .tooBig))
        #expect(inflated(payload, limit: .max) == InflateOutcome(bytes: text))
    }

    @Test("what the output holds before counts")
    func before() throws {
        var inflater = Inflater()
        var output = [UInt8](repeating: 1, count: 10)
        let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        try hello.withUnsafeBytes { try inflater.inflate($0, into: &output, limit: 15) }
        try inflater.endMessage(into: &output, limit: 15)
        #expect(output.count == 15)
        #expect(throws: InflateError.tooBig) {
            try hello.withUnsafeBytes { try inflater.inflate($0, into: &output, limit: 15) }
        }
        #expect(output.count == 15)
    }

    @Test("stored blocks stop at the limit as well")
    func stored() {
        let payload: [UInt8] = [0x00, 0x10, 0x27, 0xEF, 0xD8] + [UInt8](repeating: 7, count: 10_000) + [0x00]
        #expect(inflated(payload, limit: 10_000).bytes.count == 10_000)
        #expect(
            inflated(payload, limit: 9_999) == InflateOutcome(bytes: Array(repeating: 7, count: 9_999), error: .tooBig))
    }

    /// The codes of a dynamic block: a zero is 10, the block's end 11, 258 bytes 0; a distance of 1 is 0.
    private static func appendBombCodes(to bits: inout BitStream) {
        bits.number(285 - 256, 5)
        bits.number(0, 5)
        bits.number(14, 4)
        // The lengths of the length codes: 18 one bit, 1 and 2 two bits.
        for symbol in DeflateFormat.lengthSymbolOrder.prefix(18) {
            bits.number(symbol == 18 ? 1 : symbol == 1 || symbol == 2 ? 2 : 0, 3)
        }
        bits.code(0b11, 2)
        bits.code(0b0, 1)
        bits.number(138 - 11, 7)
        bits.code(0b0, 1)
        bits.number(117 - 11, 7)
        bits.code(0b11, 2)
        bits.code(0b0, 1)
        bits.number(28 - 11, 7)
        bits.code(0b10, 2)
        bits.code(0b10, 2)
        // The first zero; all zero bits behind it are matches.
        bits.code(0b10, 2)
    }
}
