import RESP
import TestSupport
import Testing

@Suite("RESP encoder")
struct RESPEncoderTests {
    private func encoded(_ value: RESPValue) -> String {
        var output: [UInt8] = []
        RESPEncoder.append(value, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("every kind of value has its form")
    func values() {
        #expect(encoded(.simple("OK")) == "+OK\r\n")
        #expect(encoded(.failure("ERR no")) == "-ERR no\r\n")
        #expect(encoded(.integer(0)) == ":0\r\n")
        #expect(encoded(.integer(.min)) == ":-9223372036854775808\r\n")
        #expect(encoded(.integer(.max)) == ":9223372036854775807\r\n")
        #expect(encoded(.bulk("")) == "$0\r\n\r\n")
        #expect(encoded(.bulk("a\r\nb")) == "$4\r\na\r\nb\r\n")
        #expect(encoded(.nullBulkString) == "$-1\r\n")
        #expect(encoded(.nullArray) == "*-1\r\n")
        #expect(encoded(.array([])) == "*0\r\n")
        #expect(encoded(.array([.integer(-1), .array([.simple("x")])])) == "*2\r\n:-1\r\n*1\r\n+x\r\n")
    }

    @Test("a number is one, and a bulk string that spells it another, however many digits it has")
    func numbers() {
        let powers = (0..<19).map { Int64("1" + String(repeating: "0", count: $0)) ?? 0 }
        let edges = powers.flatMap { [$0 - 1, $0, $0 + 1, -$0, 1 - $0, -1 - $0] }
        for number in edges + [.min, .max] {
            #expect(encoded(.integer(number)) == ":\(number)\r\n")
            var output: [UInt8] = []
            RESPEncoder.appendBulkString(number, to: &output)
            let digits = String(number)
            #expect(String(decoding: output, as: UTF8.self) == "$\(digits.utf8.count)\r\n\(digits)\r\n")
        }
    }

    @Test("line breaks in simple strings and errors can't forge a reply")
    func injection() {
        #expect(encoded(.simple("a\r\n:1")) == "+a  :1\r\n")
        #expect(encoded(.failure("a\nb\rc")) == "-a b c\r\n")
    }

    @Test("commands are arrays of bulk strings, appended to what is there")
    func commands() {
        var output = Array("x".utf8)
        RESPEncoder.appendCommand("SET", "key", "ö", to: &output)
        RESPEncoder.appendCommand([Array("GET".utf8)[...], [0, 13, 10, 255]], to: &output)
        let expected = Array("x*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\nö\r\n*2\r\n$3\r\nGET\r\n$4\r\n".utf8)
        #expect(output == expected + [0, 13, 10, 255, 13, 10])
    }

    @Test("what is encoded is decoded as it was, in every feeding", arguments: 0..<200)
    func identity(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let values = (0..<3).map { _ in randomValue(depth: 0, &generator) }
        var output: [UInt8] = []
        for value in values { RESPEncoder.append(value, to: &output) }
        // Long streams aren't cut everywhere: once every so often is enough.
        let feedings = output.count < 200 ? everyFeeding(of: output) : [[output], output.map { [$0] }]
        for feeding in feedings {
            #expect(decode(feeding) == Outcome(values: values))
        }
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> RESPValue {
        let letters = UInt8(ascii: " ")...UInt8(ascii: "~")
        let length = Int.random(in: 0...12, using: &generator)
        switch Int.random(in: 0...(depth < 4 ? 8 : 5), using: &generator) {
        case 0: return .nullBulkString
        case 1: return .nullArray
        case 2: return .integer(.random(in: Int64.min...Int64.max, using: &generator) >> (length * 5))
        case 3: return .simpleString((0..<length).map { _ in .random(in: letters, using: &generator) }[...])
        case 4: return .error((0..<length).map { _ in .random(in: letters, using: &generator) }[...])
        case 5: return .bulkString((0..<length).map { _ in .random(in: 0...255, using: &generator) }[...])
        default: return .array((0..<length / 3).map { _ in randomValue(depth: depth + 1, &generator) })
        }
    }
}

/// SplitMix64: the same values for the same seed on every machine.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
