import RESP
import Testing

@Suite("RESP decoder: limits")
struct RESPDecoderLimitsTests {
    @Test("bulk strings may be as long as the limit and no longer")
    func bulkLength() {
        let limits = RESPDecoder.Limits(bulkLength: 12)
        expect("$12\r\n0123456789ab\r\n", [.bulk("0123456789ab")], limits: limits)
        expect("$13\r\n", [], error: .bulkStringTooLong(limit: 12), limits: limits)
        expect("$120", [], error: .bulkStringTooLong(limit: 12), limits: limits)
    }

    @Test("lines may be as long as the limit and no longer", arguments: ["+", "-"])
    func lineLength(type: String) {
        let limits = RESPDecoder.Limits(lineLength: 4)
        let whole = decode("\(type)1234\r\n", limits: limits)
        #expect(whole.values.count == 1 && whole.error == nil)
        expect("\(type)12345", [], error: .lineTooLong(limit: 4), limits: limits)
        expect("\(type)1234\r5", [], error: .strayLineBreak, limits: limits)
        expect("\(type)12345\r\n", [], error: .lineTooLong(limit: 4), limits: limits)
    }

    @Test("arrays may nest as deep as the limit and no deeper; nulls nest nothing")
    func depth() {
        let limits = RESPDecoder.Limits(depth: 2)
        expect("*1\r\n*1\r\n:1\r\n", [.array([.array([.integer(1)])])], limits: limits)
        expect("*1\r\n*2\r\n*-1\r\n$-1\r\n", [.array([.array([.nullArray, .nullBulkString])])], limits: limits)
        expect("*1\r\n*1\r\n*0\r\n", [], error: .tooDeep(limit: 2), limits: limits)
        expect("*1\r\n*1\r\n*1\r\n", [], error: .tooDeep(limit: 2), limits: limits)
        // Siblings don't add up.
        expect("*2\r\n*0\r\n*1\r\n:1\r\n", [.array([.array([]), .array([.integer(1)])])], limits: limits)
    }

    @Test("elements count over all arrays of a reply, and anew for the next reply")
    func elementCount() {
        let limits = RESPDecoder.Limits(elementCount: 4)
        let four = RESPValue.array([.array([.integer(1), .integer(2)]), .integer(3)])
        let text = "*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n"
        expect(text + text, [four, four], limits: limits)
        expect(
            "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n+a\r\n",
            [
                .array(Array(repeating: .integer(1), count: 4)), .simple("a"),
            ], limits: limits)
        expect("*5\r\n", [], error: .tooManyElements(limit: 4), limits: limits)
        expect("*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n", [], error: .tooManyElements(limit: 4), limits: limits)
        expect("*2\r\n*3\r\n", [], error: .tooManyElements(limit: 4), limits: limits)
    }

    @Test("limits of zero allow what is empty, and negative ones act as zero", arguments: [0, -1, Int.min])
    func noRoom(limit: Int) {
        let limits = RESPDecoder.Limits(bulkLength: limit, elementCount: limit, depth: limit, lineLength: limit)
        expect("+\r\n$0\r\n\r\n:1\r\n*-1\r\n", [.simple(""), .bulk(""), .integer(1), .nullArray], limits: limits)
        expect("+a", [], error: .lineTooLong(limit: 0), limits: limits)
        expect("$1", [], error: .bulkStringTooLong(limit: 0), limits: limits)
        expect("*0", [], error: .tooDeep(limit: 0), limits: limits)
        let flat = RESPDecoder.Limits(elementCount: limit)
        expect("*0\r\n", [.array([])], limits: flat)
        expect("*1", [], error: .tooManyElements(limit: 0), limits: flat)
    }

    @Test("by default a reply has up to 1,048,576 elements and nests up to 32 deep")
    func defaults() throws {
        let count = 1_048_576
        let flat = decode("*\(count)\r\n" + String(repeating: ":1\r\n", count: count))
        #expect(flat.values.first?.elements?.count == count)
        #expect(decode("*\(count + 1)\r\n").error == .tooManyElements(limit: count))
        let nested = decode(String(repeating: "*1\r\n", count: 32) + ":1\r\n")
        #expect(nested.values.count == 1 && nested.error == nil)
        #expect(decode(String(repeating: "*1\r\n", count: 33)).error == .tooDeep(limit: 32))
        #expect(decode("$536870912\r\n") == Outcome())
        #expect(decode("$536870913\r\n").error == .bulkStringTooLong(limit: 536_870_912))
    }
}
