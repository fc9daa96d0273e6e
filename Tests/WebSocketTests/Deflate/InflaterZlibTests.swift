import Testing

@testable import WebSocket

@Suite("Inflating what zlib deflated")
struct InflaterZlibTests {
    /// In debug builds the largest messages would take minutes.
    private static let bytewiseLimit = ZlibPeer.isThorough ? 2500 : 1000
    private static let everySplitLimit = 40

    @Test("every level, strategy and window, with and without takeover: whole, byte by byte, in pieces, at every split")
    func streams() throws {
        let streams = try ZlibPeer.streams.get()
        #expect(streams.count > 40)
        var random = SeededGenerator(seed: 7)
        for stream in streams {
            var whole = Inflater(windowBits: stream.windowBits)
            var pieces = Inflater(windowBits: stream.windowBits)
            for (plain, payload) in stream.messages {
                let expected = InflateOutcome(bytes: plain)
                let before = whole
                #expect(whole.message(payload) == expected, "\(stream.testDescription)")
                #expect(
                    pieces.message(payload) { Int.random(in: 1...700, using: &random) } == expected,
                    "\(stream.testDescription)")
                if payload.count <= Self.bytewiseLimit {
                    var inflater = before
                    #expect(inflater.message(payload) { 1 } == expected, "\(stream.testDescription)")
                }
                if payload.count <= Self.everySplitLimit {
                    for split in 1..<max(2, payload.count) {
                        var inflater = before
                        #expect(inflater.message(payload) { split } == expected, "\(stream.testDescription)")
                    }
                }
                if !stream.takeover {
                    whole.reset()
                    pieces.reset()
                }
            }
        }
    }

    @Test("a match that reaches into the message before is corrupt without takeover")
    func reset() throws {
        let streams = try ZlibPeer.streams.get().filter { $0.takeover && $0.messages.count == 12 }
        var refused = 0
        for stream in streams {
            var inflater = Inflater()
            for (plain, payload) in stream.messages {
                let outcome = inflater.message(payload)
                if outcome.error == nil { #expect(outcome.bytes == plain) }
                refused += outcome.error == .corrupt ? 1 : 0
                inflater.reset()
            }
        }
        #expect(refused > 20)
    }

    @Test("a wider window than the sender's changes nothing; a narrower one refuses what it can't hold")
    func windows() throws {
        for stream in try ZlibPeer.streams.get() where stream.takeover {
            var wide = Inflater(windowBits: 15)
            for (plain, payload) in stream.messages { #expect(wide.message(payload) == InflateOutcome(bytes: plain)) }
            var narrow = Inflater(windowBits: 9)
            for (plain, payload) in stream.messages {
                let outcome = narrow.message(payload)
                guard outcome.error == nil else {
                    #expect(outcome.error == .corrupt)
                    break
                }
                #expect(outcome.bytes == plain)
            }
        }
    }

    @Test("of damaged payloads it says what zlib says, and inflates the same bytes")
    func damage() throws {
        var random = SeededGenerator(seed: 1951)
        let sources = try ZlibPeer.streams.get().filter { !$0.takeover }.flatMap { $0.messages.map(\.payload) }
            .filter { (4...1500).contains($0.count) }
        var payloads: [[UInt8]] = []
        for _ in 0..<(ZlibPeer.isThorough ? 8000 : 2000) {
            guard var payload = sources.randomElement(using: &random) else { break }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<payload.count, using: &random)
                payload[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            if Bool.random(using: &random) { payload.removeLast(Int.random(in: 0..<payload.count, using: &random)) }
            payloads.append(payload)
        }
        var (good, bad) = (0, 0)
        for (payload, verdict) in zip(payloads, try ZlibPeer.judge(payloads)) {
            var inflater = Inflater()
            let outcome = inflater.message(payload)
            switch verdict {
            case .unknown: break
            case .refused:
                bad += 1
                #expect(outcome.error == .corrupt, "\(payload)")
            case .inflated(let bytes):
                good += 1
                #expect(outcome == InflateOutcome(bytes: bytes), "\(payload)")
            }
        }
        #expect(good > 100 && bad > 100, "\(good) \(bad)")
    }
}
