import TestSupport
import Testing
import WebSocket

struct MessageAssemblerTests {
    /// One message of `count` fragments of 64 bytes; how long it took to join them.
    private func assemble(_ count: Int) throws -> Duration {
        var assembler = MessageAssembler(messageSize: .max, fragments: .max)
        let piece = [UInt8](repeating: 7, count: 64)
        var messages = 0
        let start = threadTime()
        for number in 1...count {
            let opcode: Opcode = number == 1 ? .binary : .continuation
            try assembler.begin(FrameHeader(opcode: opcode, payloadLength: 64, isFinal: number == count))
            if try piece.withUnsafeBytes({ try assembler.append($0, isEnd: true) }) != nil { messages += 1 }
        }
        let duration = threadTime() - start
        #expect(messages == 1)
        return duration
    }

    @Test("a compressed message is refused where nothing was agreed on, whatever the decoder let through")
    func notNegotiated() {
        var assembler = MessageAssembler(messageSize: 100, fragments: 10)
        #expect(throws: ProtocolViolation.reservedBits) {
            try assembler.begin(FrameHeader(opcode: .text, payloadLength: 1, reservedBits: .rsv1))
        }
    }

    @Test("four times the fragments take some four times as long, not sixteen times")
    func linear() throws {
        // The best of some runs: another program may have emptied the caches in one.
        let one = try (0..<5).map { _ in try assemble(10_000) }.min() ?? .zero
        let four = try (0..<5).map { _ in try assemble(40_000) }.min() ?? .zero
        #expect(four < one * 10)
    }
}
