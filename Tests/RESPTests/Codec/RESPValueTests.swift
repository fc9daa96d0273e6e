import RESP
import Testing

@Suite("RESP values")
struct RESPValueTests {
    @Test("accessors answer for their own kinds only")
    func accessors() {
        #expect(RESPValue.simple("OK").string == "OK")
        #expect(RESPValue.bulk("ö").string == "ö")
        #expect(RESPValue.failure("ERR").string == nil)
        #expect(RESPValue.failure("ERR x").errorMessage == "ERR x")
        #expect(RESPValue.simple("ERR x").errorMessage == nil)
        #expect(RESPValue.bulkString([0x61, 0xFF, 0x62]).string == "a\u{FFFD}b")
        #expect(RESPValue.bulkString([0xFF]).bytes == [0xFF])
        #expect(RESPValue.array([.integer(1)]).elements == [.integer(1)])
        #expect(RESPValue.nullArray.elements == nil)
        #expect(RESPValue.nullArray.isNull && RESPValue.nullBulkString.isNull)
        #expect(!RESPValue.bulk("").isNull && !RESPValue.array([]).isNull)
    }

    @Test("numbers are read from integers and from strings that spell them")
    func numbers() {
        #expect(RESPValue.integer(.min).int64 == .min)
        #expect(RESPValue.bulk("-42").int64 == -42)
        #expect(RESPValue.bulk("4 2").int64 == nil)
        #expect(RESPValue.bulk("9223372036854775808").int64 == nil)
        #expect(RESPValue.nullBulkString.int64 == nil)
        #expect(RESPValue.failure("1").int64 == nil)
    }

    @Test("descriptions name the kind, stay on one line and short, however large the value")
    func descriptions() {
        #expect(RESPValue.simple("OK").description == #"+"OK""#)
        #expect(RESPValue.failure("ERR").description == #"-"ERR""#)
        #expect(RESPValue.array([.integer(-1), .bulk("a\r\n"), .nullArray]).description == #"[-1, "a\r\n", nil]"#)
        #expect(RESPValue.array([.array([]), .nullBulkString]).description == "[[], nil]")

        let long = RESPValue.bulk(String(repeating: "\u{1}", count: 1_000_000))
        #expect(long.description.count == 257)
        #expect(RESPValue.array(Array(repeating: long, count: 1_000)).description.count == 257)
        var deep = RESPValue.integer(1)
        for _ in 1...5_000 { deep = .array([deep]) }
        #expect(deep.description == String(repeating: "[", count: 256) + "…")
    }
}
