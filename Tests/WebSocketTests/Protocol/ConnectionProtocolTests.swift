import TestSupport
import Testing
import WebSocket

@Suite("Connection protocol")
struct ConnectionProtocolTests {
    /// Expects the same outcome however the bytes are cut.
    func expect(
        _ bytes: [UInt8],
        role: ConnectionProtocol.Role = .server,
        limits: ConnectionProtocol.Limits = .init(),
        gives events: [ConnectionProtocol.Event] = [],
        then violation: ProtocolViolation? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for feeding in everyFeeding(of: bytes) {
            let outcome = Outcome(feeding: feeding, role: role, limits: limits)
            #expect(outcome == Outcome(events, violation), sourceLocation: sourceLocation)
        }
    }

    @Test("the examples of RFC 6455 §5.7 are understood")
    func examples() throws {
        let hello = ConnectionProtocol.Event.message(.text("Hello"))
        expect(try Fixture.hexBytes("frames/text-unmasked.hex"), role: .client, gives: [hello])
        expect(try Fixture.hexBytes("frames/text-masked.hex"), gives: [hello])
        expect(try Fixture.hexBytes("frames/text-fragmented-unmasked.hex"), role: .client, gives: [hello])
        expect(try Fixture.hexBytes("frames/ping-unmasked.hex"), role: .client, gives: [.ping(Array("Hello".utf8))])
        expect(try Fixture.hexBytes("frames/pong-masked.hex"), gives: [.pong(Array("Hello".utf8))])
        for size in [256, 65_536] {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let outcome = Outcome(feeding: [EncodedFrame.binary(payload).bytes], role: .client)
            #expect(outcome == Outcome([.message(.binary(payload))]))
        }
    }

    @Test("the role decides who masks: a violation either way round")
    func masks() throws {
        expect(try Fixture.hexBytes("frames/text-unmasked.hex"), role: .server, then: .unmaskedFrame)
        expect(try Fixture.hexBytes("frames/text-masked.hex"), role: .client, then: .maskedFrame)
    }

    @Test("empty messages are messages, fragmented or not")
    func emptyMessages() {
        expect(clientFrame(0x81, []), gives: [.message(.text(""))])
        expect(clientFrame(0x82, []), gives: [.message(.binary([]))])
        let fragments = clientFrame(0x01, []) + clientFrame(0x00, []) + clientFrame(0x80, [])
        expect(fragments, gives: [.message(.text(""))])
    }

    @Test("an empty first or last fragment changes nothing")
    func emptyFragments() {
        let text = Array("é".utf8)
        expect(clientFrame(0x01, []) + clientFrame(0x80, text), gives: [.message(.text("é"))])
        expect(clientFrame(0x01, text) + clientFrame(0x80, []), gives: [.message(.text("é"))])
    }

    @Test("a character may be cut by fragments")
    func characterAcrossFragments() {
        let bytes = Array("a🙂b".utf8)
        for cut in 0...bytes.count {
            let frames = clientFrame(0x01, Array(bytes[..<cut])) + clientFrame(0x80, Array(bytes[cut...]))
            expect(frames, gives: [.message(.text("a🙂b"))])
        }
    }

    @Test("control frames between fragments are events at once, and leave the message whole")
    func interleavedControl() {
        let bytes =
            clientFrame(0x01, Array("Hel".utf8)) + clientFrame(0x89, [1]) + clientFrame(0x8A, [])
            + clientFrame(0x00, Array("l".utf8)) + clientFrame(0x89, []) + clientFrame(0x80, Array("o".utf8))
            + clientFrame(0x82, [9])
        expect(
            bytes,
            gives: [.ping([1]), .pong([]), .ping([]), .message(.text("Hello")), .message(.binary([9]))]
        )
    }

    @Test("a close inside a fragmented message is an event at once; nothing after it is")
    func closeInsideMessage() {
        let bytes = clientFrame(0x01, [0x61]) + clientFrame(0x88, [0x03, 0xE8]) + clientFrame(0x80, [0x62])
        expect(bytes, gives: [.close(.normalClosure, reason: "")])
    }

    @Test("a continuation without a message is refused", arguments: [0x00, 0x80] as [UInt8])
    func unexpectedContinuation(_ first: UInt8) {
        expect(clientFrame(first, [1]), then: .unexpectedContinuation)
        let after = clientFrame(0x81, [0x61]) + clientFrame(first, [])
        expect(after, gives: [.message(.text("a"))], then: .unexpectedContinuation)
    }

    @Test("a new message inside an unfinished one is refused", arguments: [0x01, 0x02, 0x81, 0x82] as [UInt8])
    func interleavedMessage(_ first: UInt8) {
        expect(clientFrame(0x02, [1]) + clientFrame(first, [2]), then: .interleavedMessage)
    }

    @Test("the payload of pings and pongs is handed on exactly, up to 125 bytes", arguments: [0, 1, 124, 125])
    func controlPayload(_ size: Int) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        expect(clientFrame(0x89, payload), gives: [.ping(payload)])
        expect(clientFrame(0x8A, payload), gives: [.pong(payload)])
    }

    @Test("the size limit counts all fragments together, and falls on a header")
    func sizeLimit() {
        let limits = ConnectionProtocol.Limits(messageSize: 10, fragments: 100)
        let six = [UInt8](repeating: 0x61, count: 6)
        expect(clientFrame(0x82, six + six), limits: limits, then: .messageTooBig)
        let eleven = clientFrame(0x02, six) + [0x80, 0x85, 0, 0, 0, 0]
        expect(eleven, limits: limits, then: .messageTooBig)
        let ten = clientFrame(0x01, six) + clientFrame(0x80, Array(six.dropLast(2)))
        let message = ConnectionProtocol.Event.message(.text(String(repeating: "a", count: 10)))
        expect(ten + ten, limits: limits, gives: [message, message])
    }

    @Test("a sum of lengths that overflows is too big, not a trap")
    func overflowingSum() {
        let limits = ConnectionProtocol.Limits(messageSize: .max)
        var assembler = MessageAssembler(messageSize: limits.messageSize, fragments: 10)
        #expect(throws: ProtocolViolation.messageTooBig) {
            try assembler.begin(FrameHeader(opcode: .binary, payloadLength: .max, isFinal: false))
            try assembler.begin(FrameHeader(opcode: .continuation, payloadLength: 1))
        }
    }

    @Test("65,000 one-byte or empty fragments end at the fragment limit", arguments: [0, 1])
    func fragmentLimit(_ size: Int) {
        let payload = [UInt8](repeating: 0x61, count: size)
        let flood = clientFrame(0x01, payload) + Array(repeating: clientFrame(0x00, payload), count: 64_999).joined()
        #expect(Outcome(feeding: [flood]) == Outcome([], .tooManyFragments))
        let fitting =
            clientFrame(0x01, payload) + Array(repeating: clientFrame(0x00, payload), count: 1_022).joined()
            + clientFrame(0x80, payload)
        let text = String(repeating: "a", count: size * 1_024)
        #expect(Outcome(feeding: [fitting, fitting]) == Outcome([.message(.text(text)), .message(.text(text))]))
    }

    @Test("bad UTF-8 fails at its first byte: in mid-frame, with the frame and the message unfinished")
    func badTextInMidFrame() {
        let header: [UInt8] = [0x01, 0x80 | 100, 0, 0, 0, 0]
        expect(header + hex("cebae1bdb9cf83cebcceb5 eda0"), then: .invalidUTF8)
        expect(header + hex("cebae1bdb9cf83cebcceb5 f490"), then: .invalidUTF8)
        expect(header + hex("61 c0"), then: .invalidUTF8)
        expect(header + hex("cebae1bdb9cf83cebcceb5 ed"))
    }

    @Test(
        "bad UTF-8 fails in whole messages and over fragments",
        arguments: ["ff", "c3", "c328", "eda080", "f4908080"]
    )
    func badText(_ text: String) {
        let bytes = hex(text)
        expect(clientFrame(0x81, bytes), then: .invalidUTF8)
        expect(clientFrame(0x01, [bytes[0]]) + clientFrame(0x80, Array(bytes[1...])), then: .invalidUTF8)
        expect(clientFrame(0x82, bytes), gives: [.message(.binary(bytes))])
    }

    @Test("an unfinished character in one message doesn't spill into the next")
    func validatorStartsAfresh() {
        let bytes = clientFrame(0x02, [0xC3]) + clientFrame(0x80, [0xFF]) + clientFrame(0x81, [0x61])
        expect(bytes, gives: [.message(.binary([0xC3, 0xFF])), .message(.text("a"))])
    }

    @Test("any bytes at all end in events or a violation, never in a trap, and every feeding agrees")
    func noise() async {
        var generator = SeededGenerator(seed: 6455)
        let firstBytes: [UInt8] = [0x01, 0x02, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A]
        for _ in 0..<3_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let first = firstBytes.randomElement(using: &generator) ?? 0
                let count = Int.random(in: 0...20, using: &generator)
                bytes += clientFrame(first, (0..<count).map { _ in UInt8.random(in: 0...0x7F, using: &generator) })
            }
            if Bool.random(using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            let limits = ConnectionProtocol.Limits(messageSize: 40, fragments: 3)
            let outcomes = everyFeeding(of: bytes).map { Outcome(feeding: $0, limits: limits) }
            #expect(outcomes.allSatisfy { $0 == outcomes[0] })
            // The tests with sockets need these threads as well.
            await Task.yield()
        }
    }

    @Test("an idle connection is small")
    func size() {
        #expect(MemoryLayout<ConnectionProtocol>.size <= 136)
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
