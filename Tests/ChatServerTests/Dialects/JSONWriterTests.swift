import Testing

@testable import ChatServer
@testable import Rooms

@Suite("JSON as we write it")
struct JSONWriterTests {
    private func written(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(
        "quotes, backslashes and control characters are escaped, and nothing else",
        arguments: [
            ("", #""""#), ("a", #""a""#), (#"""#, #""\"""#), (#"\"#, #""\\""#), ("\n\r\t", #""\n\r\t""#),
            ("\0", #""\u0000""#), ("\u{1F}\u{8}", #""\u001f\u0008""#), ("\u{7F}", "\"\u{7F}\""), ("/<>&'", #""/<>&'""#),
            ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""), ("é👍🏽愛", #""é👍🏽愛""#), ("]]>${}", #""]]>${}""#),
            (#"a"b\c"#, #""a\"b\\c""#),
        ])
    func escaping(text: String, json: String) {
        #expect(written(text) == json)
    }

    @Test("whatever is written is read back as it was, scalar by scalar")
    func roundTrip() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<random.below(12) {
                let range: ClosedRange<UInt32> = [0...0x7F, 0...0x2FFF, 0xE000...0x10FFFF][random.below(3)]
                Unicode.Scalar(UInt32.random(in: range, using: &random)).map { text.unicodeScalars.append($0) }
            }
            let read = JSONValue(written(text))?.string
            #expect(read.map { Array($0.utf8) } == Array(text.utf8), "\(Array(text.unicodeScalars))")
        }
    }
}
