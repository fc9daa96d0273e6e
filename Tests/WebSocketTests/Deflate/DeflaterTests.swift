import Testing

@testable import WebSocket

@Suite("Deflating")
struct DeflaterTests {
    private static let words = ["room", "message", "sent", "author", "hello", "joined", "id", "näh", "🙂", "the"]

    private static func chat(_ random: inout SeededGenerator) -> [UInt8] {
        let text = (0..<Int.random(in: 3...200, using: &random)).map { _ in
            words.randomElement(using: &random) ?? ""
        }
        let number = Int.random(in: 0...999_999, using: &random)
        return Array(#"{"type":"message","id":"\#(number)-0","text":"\#(text.joined(separator: " "))"}"#.utf8)
    }

    private static func corpus() -> [[UInt8]] {
        var random = SeededGenerator(seed: 4)
        var messages = (0..<20).map { _ in chat(&random) }
        messages += [[], [1], [1, 2], [1, 2, 3], [9, 9, 9, 9], []]
        messages.append((0..<300).map { UInt8(truncatingIfNeeded: $0) })
        messages.append([UInt8](repeating: 0, count: 70_000))
        messages.append((0..<70_000).map { _ in UInt8.random(in: 0...255, using: &random) })
        messages.append((0..<200).flatMap { _ in chat(&random) })
        messages.append((0..<20_000).map { UInt8(truncatingIfNeeded: $0 % 251) })
        let noise = (0..<900).map { _ in UInt8.random(in: 0...255, using: &random) }
        messages.append(noise + noise + noise)
        // Lengths so uneven that codes come to their limit.
        var (small, large) = (1, 1)
        var uneven: [UInt8] = []
        for byte in 0..<20 as Range<UInt8> {
            uneven += [UInt8](repeating: byte * 7, count: small)
            (small, large) = (large, min(small + large, 9000))
        }
        messages.append(uneven.shuffled(using: &random))
        messages += (0..<20).map { _ in chat(&random) }
        return messages
    }

    private static func stream(windowBits: Int, takeover: Bool) -> DeflatedStream {
        var deflater = Deflater(windowBits: windowBits)
        var stream = DeflatedStream(windowBits: windowBits, takeover: takeover)
        for message in corpus() {
            stream.messages.append((message, deflater.payload(message)))
            if !takeover { deflater.reset() }
        }
        return stream
    }

    @Test("zlib inflates it, for every window, with and without takeover")
    func zlib() throws {
        let streams = (8...15).flatMap { bits in
            [true, false].map { Self.stream(windowBits: bits, takeover: $0) }
        }
        #expect(try ZlibPeer.inflate(streams) == streams.count * Self.corpus().count)
    }

    @Test("the inflater inflates it, for every window, with and without takeover", arguments: 8...15, [true, false])
    func ownInflater(_ windowBits: Int, _ takeover: Bool) {
        var inflater = Inflater(windowBits: windowBits)
        for (plain, payload) in Self.stream(windowBits: windowBits, takeover: takeover).messages {
            #expect(inflater.message(payload) == InflateOutcome(bytes: plain))
            if !takeover { inflater.reset() }
        }
    }

    @Test("an empty message is the byte 0x00, and no payload ends with what was to be removed")
    func ends() {
        var deflater = Deflater()
        #expect(deflater.payload([]) == [0x00])
        #expect(deflater.payload(Array("Hello".utf8)) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(deflater.payload([]) == [0x00])
    }

    @Test("the payload is appended to what the output holds")
    func appends() {
        var deflater = Deflater()
        var output: [UInt8] = [1, 2, 3]
        [UInt8]("Hello".utf8).withUnsafeBytes { deflater.deflate($0, into: &output) }
        #expect(output == [1, 2, 3, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    }

    @Test("with takeover a message that comes again takes a few bytes; after a reset it is what it was at first")
    func reset() {
        var random = SeededGenerator(seed: 11)
        let message = Self.chat(&random)
        var deflater = Deflater()
        let first = deflater.payload(message)
        #expect(deflater.payload(message).count < 20)
        for _ in 0..<300 {
            deflater.reset()
            #expect(deflater.payload(message) == first)
            _ = deflater.payload(Self.chat(&random))
        }
    }

    @Test("what can't be compressed grows by a few bytes only", arguments: [1, 10, 1000, 16_384, 100_000, 300_000])
    func noise(_ count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        var deflater = Deflater()
        for _ in 0..<3 {
            let message = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(deflater.payload(message).count <= count + 5 * (count / 16_383 + 2) + 1)
        }
    }

    @Test("a long stream of messages moves the window many times", arguments: [8, 9, 12, 15])
    func longStream(_ windowBits: Int) {
        var random = SeededGenerator(seed: 3)
        var deflater = Deflater(windowBits: windowBits)
        var inflater = Inflater(windowBits: windowBits)
        for round in 0..<400 {
            let message = Self.chat(&random)
            let payload = deflater.payload(message)
            #expect(inflater.message(payload) == InflateOutcome(bytes: message))
            guard round % 90 == 89 else { continue }
            deflater.reset()
            inflater.reset()
        }
    }

    @Test("code lengths keep to their limit and use every pattern of bits", arguments: [7, 15])
    func codeLengths(_ limit: Int) {
        var random = SeededGenerator(seed: UInt64(limit))
        var finder = CodeLengths()
        let most = limit == 7 ? 19 : 286
        for round in 0..<600 {
            let count = Int.random(in: 2...most, using: &random)
            let frequencies: [UInt32] = (0..<count).map { symbol in
                switch round % 4 {
                case 0: UInt32.random(in: 0...3, using: &random)
                case 1: UInt32(1) << UInt32(min(symbol, 14))
                case 2: UInt32.random(in: 0...16_000, using: &random)
                default: symbol == round % count ? 1 : 0
                }
            }
            var lengths = [UInt8](repeating: 9, count: count)
            finder.find(for: frequencies, limit: limit, into: &lengths)
            let used: Int = lengths.filter { $0 > 0 }.reduce(0) { sum, length in sum + (1 << (limit - Int(length))) }
            #expect(used == 1 << limit)
            #expect(lengths.allSatisfy { $0 <= limit })
            for (frequency, length) in zip(frequencies, lengths) where frequency > 0 { #expect(length > 0) }
        }
    }
}
