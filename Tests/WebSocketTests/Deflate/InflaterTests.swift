import Testing

@testable import WebSocket

@Suite("Inflating")
struct InflaterTests {
    private static let hello = Array("Hello".utf8)

    @Test(
        "the examples of RFC 7692 §7.2.3",
        arguments: [
            // One block, fixed codes.
            [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
            // A stored block.
            [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
            // A final block, and the empty one behind it.
            [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
            // Two blocks in one message.
            [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
        ] as [[UInt8]]
    )
    func examples(_ payload: [UInt8]) {
        #expect(inflated(payload) == InflateOutcome(bytes: Self.hello))
    }

    @Test("with takeover the second message is shorter, and means nothing alone (§7.2.3.2)")
    func takeover() {
        let second: [UInt8] = [0xF2, 0x00, 0x11, 0x00, 0x00]
        var inflater = Inflater()
        #expect(inflater.message([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) == InflateOutcome(bytes: Self.hello))
        #expect(inflater.message(second) == InflateOutcome(bytes: Self.hello))
        #expect(inflater.message(second) == InflateOutcome(bytes: Self.hello))
        inflater.reset()
        #expect(inflater.message(second).error == .corrupt)
        #expect(inflater.message([0x00]).error == .corrupt, "an error lasts")
        inflater.reset()
        #expect(inflater.message([0x00]) == InflateOutcome())
    }

    @Test("empty messages: the byte 0x00, any number of times, but not no byte at all")
    func empty() {
        var inflater = Inflater()
        for _ in 0..<3 { #expect(inflater.message([0x00]) == InflateOutcome()) }
        #expect(inflated([0x02, 0x00]) == InflateOutcome(), "an empty block with fixed codes")
        #expect(inflated([]).error == .corrupt)
    }

    @Test("a final block may end the message, or blocks may follow at the next whole byte")
    func finalBlocks() {
        let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
        #expect(inflated(final) == InflateOutcome(bytes: Self.hello))
        #expect(inflated(final + final) == InflateOutcome(bytes: Self.hello + Self.hello))
        #expect(inflated(final + [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]).bytes == Self.hello + Self.hello)
        // A final stored block, as a sender ends that can only finish.
        #expect(inflated([0x01, 0x05, 0x00, 0xFA, 0xFF] + Self.hello) == InflateOutcome(bytes: Self.hello))
        #expect(inflated([0x01]) == InflateOutcome(), "a final stored block of which the rest was removed")
        var inflater = Inflater()
        #expect(inflater.message(final).error == nil)
        #expect(inflater.message([0xF2, 0x00, 0x11, 0x00, 0x00]).bytes == Self.hello, "the window outlasts it")
        #expect(inflater.message([]).error == .corrupt, "one final block doesn't end two messages")
    }

    @Test("a message that ends within a block is corrupt, wherever it is cut")
    func truncated() {
        var deflater = Deflater()
        let payload = deflater.payload(Array((0..<40).map { "line \($0 * $0)\n" }.joined().utf8))
        for count in 0..<payload.count - 1 {
            #expect(inflated(Array(payload[..<count])).error == .corrupt, "\(count) of \(payload.count)")
        }
    }

    @Test("the caller may take output away between pieces, and what was there before isn't reached back to")
    func outputTaken() throws {
        let message = Array(String(repeating: "tick tock ", count: 500).utf8)
        var deflater = Deflater()
        let payload = deflater.payload(message)
        var inflater = Inflater()
        var collected: [UInt8] = []
        for byte in payload {
            var output = [UInt8](repeating: 0xEE, count: 5)
            try withUnsafeBytes(of: byte) { try inflater.inflate($0, into: &output, limit: 10_000) }
            #expect(output.starts(with: [0xEE, 0xEE, 0xEE, 0xEE, 0xEE]))
            collected += output.dropFirst(5)
        }
        try inflater.endMessage(into: &collected, limit: 10_000)
        #expect(collected == message)

        // An "H", then four bytes from five back: the inflater knows of one.
        var output = Array("Hello".utf8)
        var fresh = Inflater()
        #expect(throws: InflateError.corrupt) {
            try ([0xF2, 0x00, 0x11, 0x00, 0x00] as [UInt8]).withUnsafeBytes {
                try fresh.inflate($0, into: &output, limit: 100)
            }
        }
        #expect(output == Array("HelloH".utf8))
    }

    @Test("strings of random bytes: some error or some output, never a trap, and the same byte by byte")
    func noise() {
        var random = SeededGenerator(seed: 100_000)
        var good = 0
        for round in 0..<(ZlibPeer.isThorough ? 100_000 : 20_000) {
            let count = Int.random(in: 0...48, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // A third starts as a dynamic block, which hardly ever comes about otherwise.
            if round % 3 == 0, !bytes.isEmpty { bytes[0] = bytes[0] & 0xF8 | 4 }
            var inflater = Inflater(windowBits: 8 + round % 8)
            let outcome = inflater.message(bytes, limit: 3000)
            #expect(outcome.bytes.count <= 3000)
            good += outcome.error == nil ? 1 : 0
            inflater.reset()
            if round % 4 == 0 { #expect(inflater.message(bytes, limit: 3000) { 1 } == outcome) }
        }
        #expect(good > 0)
    }
}
