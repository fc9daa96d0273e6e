import Testing

@testable import ChatServer
@testable import Rooms

@Suite("JSON that clients write")
struct JSONReaderTests {
    private func reads(_ json: String) -> Bool {
        var json = json
        return json.withUTF8 { bytes in
            var reader = JSONReader(utf8: bytes)
            return reader.value() != nil && reader.isAtEnd()
        }
    }

    private func integer(_ json: String) -> Int? {
        var json = json
        return json.withUTF8 { bytes in
            var reader = JSONReader(utf8: bytes)
            guard case .number(let digits) = reader.value() else { return nil }
            return reader.integer(digits)
        }
    }

    @Test(
        "values of every kind, with white space anywhere between them",
        arguments: [
            "null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E+05", "0.0e-0", #""""#, #""ü""#,
            #""\u00fc\ud83d\ude00""#,
            "[]", "{}", "[[],{}]", #"{"a":{"b":[1,{"c":null}]},"d":[]}"#, " \t\r\n[ 1 , { \"a\" : [ ] , \"b\" : 2 } ]",
        ])
    func values(json: String) {
        #expect(reads(json))
        for count in 0..<json.utf8.count {
            let cut = String(decoding: json.utf8.prefix(count), as: UTF8.self)
            #expect(!reads(cut) || Int(cut) != nil || Double(cut) != nil, "\(cut)")
        }
    }

    @Test(
        "nothing else",
        arguments: [
            "", " ", "nul", "True", "01", "-", "+1", ".5", "1.", "1e", "0x1", "'a'", "\"", "\"\t\"", #""\x""#,
            #""\u12g4""#,
            #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "[", "]", "[1 2]", "[1,]", "[,1]", "{", #"{"a"}"#,
            #"{"a":}"#,
            #"{"a":1,}"#, "{a:1}", #"{"a":1 "b":2}"#, "[}", "{]", "[{]}", "[] []", "{}}", "\u{FEFF}{}", "[1}",
        ])
    func junk(json: String) {
        #expect(!reads(json))
    }

    @Test(
        "lists and objects may be nested 511 deep within a command, and no deeper", arguments: [63, 64, 65, 128, 511])
    func depth(depth: Int) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let middle = open == "[" ? "" : "1"
            let json = String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
            #expect(reads(json))
            #expect(reads("[" + json + "]") == (depth < 511))
            #expect(!reads(String(json.dropLast())))
        }
        let mixed = String(repeating: #"[{"a":"#, count: depth / 2) + "1" + String(repeating: "},2]", count: depth / 2)
        #expect(reads(mixed))
    }

    @Test(
        "whole numbers are read however they are written, exactly",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("7.0", 7), ("70e-1", 7), ("0.7e1", 7), ("7e2", 700), ("-12.50e1", -125),
            ("0e999999999", 0),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9.223372036854775807e18", .max),
            ("0.0", 0),
        ])
    func whole(json: String, expected: Int) {
        #expect(integer(json) == expected)
    }

    @Test(
        "others are none",
        arguments: [
            "1.5", "7e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999999", "1e-999999999999",
            "0.1",
        ])
    func noWhole(json: String) {
        #expect(integer(json) == nil)
    }

    @Test("of a key that is there twice the first counts, and keys may be written in any way")
    func keys() throws {
        #expect(
            try ClientCommand(#"{"topic":"send","topic":"ping","data":"a","data":"b"}"#, textLimit: 9)
                == .send(text: "a", id: nil))
        let escaped = #"{"\u0074opic":"\u0073end","data":{"\u006dessage":"a","message":5,"id":null,"id":"x"}}"#
        #expect(try ClientCommand(escaped, textLimit: 9) == .send(text: "a", id: nil))
    }
}
