import RESP
import Testing

@Suite("RESP decoder: what is refused")
struct RESPDecodingErrorTests {
    @Test("a value must start with one of the five type bytes")
    func types() {
        expect("?", [], error: .unknownType(0x3F))
        expect("\r\n", [], error: .unknownType(0x0D))
        expect("PING\r\n", [], error: .unknownType(0x50))
        // RESP3 was never asked for.
        expect("+OK\r\n_\r\n", [.simple("OK")], error: .unknownType(0x5F))
        expect("*2\r\n:1\r\n%", [], error: .unknownType(0x25))
    }

    @Test("a CR or LF alone is an error in simple strings and errors", arguments: ["+", "-"])
    func strayLineBreaks(type: String) {
        expect("\(type)a\nb\r\n", [], error: .strayLineBreak)
        expect("\(type)a\rb\r\n", [], error: .strayLineBreak)
        expect("\(type)a\r\r\n", [], error: .strayLineBreak)
        expect("\(type)\n", [], error: .strayLineBreak)
    }

    @Test(
        "lengths are written one way only", arguments: ["$", "*"],
        ["", "+1", "+", "00", "01", "007", "-0", "-2", "-01", "-10", "--1", "1a", "1 ", " 1", "1.0", "0x1", "a", "1\n"])
    func malformedLengths(type: String, length: String) {
        expect("\(type)\(length)\r\n:1\r\n", [], error: .malformedLength)
    }

    @Test(
        "integers are written one way only",
        arguments: ["", "+1", "-", "00", "01", "-0", "-01", "--1", "1a", "1 ", " 1", "1.5", "1e3", "a", "1\n", "-\n"])
    func malformedIntegers(number: String) {
        expect(":\(number)\r\n", [], error: .malformedInteger)
    }

    @Test(
        "integers beyond Int64 are refused",
        arguments: [
            "9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
            "99999999999999999999999999", "-99999999999999999999999999",
        ])
    func integerOverflow(number: String) {
        expect(":\(number)\r\n", [], error: .integerOutOfRange)
    }

    @Test("numbers and bulk strings must end with CRLF")
    func terminators() {
        expect(":1\rx", [], error: .missingTerminator)
        expect("$1\rx", [], error: .missingTerminator)
        expect("*1\r\r", [], error: .missingTerminator)
        expect("$-1\rx", [], error: .missingTerminator)
        expect("*-1\rx", [], error: .missingTerminator)
        expect("$3\r\nabcd\r\n", [], error: .missingTerminator)
        expect("$3\r\nabc\n\n", [], error: .missingTerminator)
        expect("$3\r\nabc\rx", [], error: .missingTerminator)
        expect("$0\r\n+", [], error: .missingTerminator)
    }

    @Test("an error inside an array keeps the values before the array and drops what the array had")
    func nestedErrors() {
        expect("+a\r\n*2\r\n+b\r\n*1\r\n$x", [.simple("a")], error: .malformedLength)
    }

    @Test("the error comes with the first byte that makes the stream invalid, and not before")
    func promptness() throws {
        let streams: [(String, RESPDecodingError)] = [
            ("$01", .malformedLength), ("$-0", .malformedLength), ("*-2", .malformedLength), ("$\r", .malformedLength),
            (":-a", .malformedInteger), (":-\r", .malformedInteger), ("$2\r\nabc", .missingTerminator),
            ("$536870913", .bulkStringTooLong(limit: 536_870_912)), ("$1\ra", .missingTerminator),
            ("*1048577", .tooManyElements(limit: 1_048_576)), ("+a\ra", .strayLineBreak), ("+a\n", .strayLineBreak),
            (":9223372036854775808", .integerOutOfRange),
            (String(repeating: "*1\r\n", count: 32) + "*1", .tooDeep(limit: 32)),
            ("+" + String(repeating: "a", count: 65_537), .lineTooLong(limit: 65_536)),
        ]
        for (text, error) in streams {
            #expect(decode(String(text.dropLast())) == Outcome())
            #expect(decode(text) == Outcome(error: error))
        }
    }

    @Test("a decoder that failed says the same ever after, takes no more bytes and holds none")
    func poison() {
        var decoder = RESPDecoder()
        decoder.append(Array("*2\r\n$3\r\nabc\r\n!+OK\r\n".utf8))
        for _ in 1...3 {
            #expect(throws: RESPDecodingError.unknownType(0x21)) { try decoder.next() }
            decoder.append(Array("+OK\r\n".utf8))
            #expect(decoder.bufferedByteCount == 0)
        }
    }

    @Test("reasons are of one line")
    func reasons() {
        let errors: [RESPDecodingError] = [
            .unknownType(10), .strayLineBreak, .lineTooLong(limit: 1), .malformedInteger, .integerOutOfRange,
            .malformedLength, .bulkStringTooLong(limit: 1), .tooManyElements(limit: 1), .tooDeep(limit: 1),
            .missingTerminator,
        ]
        for error in errors {
            #expect(!error.description.isEmpty)
            #expect(error.description.allSatisfy { !$0.isNewline })
        }
        #expect(RESPDecodingError.unknownType(10).description.hasSuffix("0xa"))
    }
}
