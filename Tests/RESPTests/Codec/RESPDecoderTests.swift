import RESP
import TestSupport
import Testing

@Suite("RESP decoder: values")
struct RESPDecoderTests {
    @Test("simple strings and errors, empty ones too, come out of every feeding")
    func lines() {
        expect("+OK\r\n", [.simple("OK")])
        expect("+\r\n", [.simple("")])
        expect("-ERR unknown command\r\n", [.failure("ERR unknown command")])
        expect("-\r\n", [.failure("")])
        expect("+a+b:c$d*e\r\n", [.simple("a+b:c$d*e")])
    }

    @Test(
        "integers reach both ends of Int64 in every feeding",
        arguments: [0, 1, -1, 9, 10, 1_000, Int64.max, Int64.max - 1, Int64.min, Int64.min + 1])
    func integers(number: Int64) {
        expect(":\(number)\r\n", [.integer(number)])
    }

    @Test("bulk strings hold any bytes, line ends and none at all included")
    func bulkStrings() {
        expect("$5\r\nhello\r\n", [.bulk("hello")])
        expect("$0\r\n\r\n", [.bulk("")])
        expect("$4\r\n\r\n\r\n\r\n", [.bulk("\r\n\r\n")])
        expect("$12\r\n0123456789ab\r\n", [.bulk("0123456789ab")])
        let every = (0...255).map { UInt8($0) }
        for feeding in everyFeeding(of: Array("$256\r\n".utf8) + every + Array("\r\n".utf8)) {
            #expect(decode(feeding) == Outcome(values: [.bulkString(every[...])]))
        }
    }

    @Test("nulls are neither empty strings nor empty arrays")
    func nulls() {
        expect("$-1\r\n*-1\r\n", [.nullBulkString, .nullArray])
        #expect(RESPValue.nullBulkString != .bulk(""))
        #expect(RESPValue.nullArray != .array([]))
    }

    @Test("arrays hold values of every kind, arrays included")
    func arrays() {
        expect("*0\r\n", [.array([])])
        expect("*2\r\n$3\r\nfoo\r\n:7\r\n", [.array([.bulk("foo"), .integer(7)])])
        expect(
            "*8\r\n+a\r\n-b\r\n:-3\r\n$1\r\nd\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n+z\r\n",
            [
                .array([
                    .simple("a"), .failure("b"), .integer(-3), .bulk("d"), .nullBulkString, .nullArray, .array([]),
                    .array([.array([.integer(1)]), .simple("z")]),
                ])
            ])
    }

    @Test("values that follow each other stay apart, and what is unfinished stays unseen")
    func sequence() {
        expect(
            "+a\r\n:1\r\n*1\r\n$1\r\nx\r\n-e\r\n$1",
            [
                .simple("a"), .integer(1), .array([.bulk("x")]), .failure("e"),
            ])
    }

    @Test("each value is delivered by the very byte that completes it")
    func promptness() throws {
        let input = Array("*2\r\n+a\r\n$2\r\nbc\r\n:1\r\n".utf8)
        var decoder = RESPDecoder()
        var delivered: [Int] = []
        for (index, byte) in input.enumerated() {
            decoder.append(CollectionOfOne(byte))
            while try decoder.next() != nil { delivered.append(index) }
        }
        #expect(delivered == [15, 19])
    }

    @Test("several chunks may be appended before the first value is taken")
    func backlog() throws {
        let text = "+one\r\n*2\r\n$3\r\ntwo\r\n:3\r\n$4\r\nfour\r\n"
        let expected: [RESPValue] = [.simple("one"), .array([.bulk("two"), .integer(3)]), .bulk("four")]
        for size in 1...text.utf8.count {
            var decoder = RESPDecoder()
            var values: [RESPValue] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                // One call for every two chunks: the second of them meets a buffer that isn't decoded yet.
                decoder.append(rest.prefix(size))
                decoder.append(rest.dropFirst(size).prefix(size))
                rest = rest.dropFirst(2 * size)
                if let value = try decoder.next() { values.append(value) }
            }
            while let value = try decoder.next() { values.append(value) }
            #expect(values == expected)
            #expect(decoder.bufferedByteCount == 0)
        }
    }

    @Test("values stay as they are while the decoder goes on")
    func stability() throws {
        var decoder = RESPDecoder()
        decoder.append(Array("+first\r\n+sec".utf8))
        let first = try decoder.next()
        #expect(try decoder.next() == nil)
        decoder.append(Array("ond\r\n".utf8))
        let second = try decoder.next()
        decoder.append(Array("+third\r\n".utf8))
        let third = try decoder.next()
        #expect([first, second, third] == [.simple("first"), .simple("second"), .simple("third")])
    }

    @Test("a copied decoder goes its own way")
    func copies() throws {
        var one = RESPDecoder()
        one.append(Array("*2\r\n+a\r\n$3\r\nx".utf8))
        #expect(try one.next() == nil)
        var other = one
        one.append(Array("yz\r\n".utf8))
        other.append(Array("12\r\n".utf8))
        #expect(try one.next() == .array([.simple("a"), .bulk("xyz")]))
        #expect(try other.next() == .array([.simple("a"), .bulk("x12")]))
    }

    @Test("buffered bytes are those of no delivered value")
    func bufferedByteCount() throws {
        var decoder = RESPDecoder()
        #expect(decoder.bufferedByteCount == 0)
        decoder.append(Array("+a\r\n*3\r\n:1\r\n".utf8))
        #expect(decoder.bufferedByteCount == 12)
        #expect(try decoder.next() == .simple("a"))
        #expect(decoder.bufferedByteCount == 8)
        #expect(try decoder.next() == nil)
        decoder.append(Array("+b\r\n".utf8))
        #expect(try decoder.next() == nil)
        #expect(decoder.bufferedByteCount == 12)
        decoder.append(Array(":2\r\n:3".utf8))
        #expect(try decoder.next() == .array([.integer(1), .simple("b"), .integer(2)]))
        #expect(decoder.bufferedByteCount == 2)
    }
}
