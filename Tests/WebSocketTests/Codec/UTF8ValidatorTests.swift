import TestSupport
import Testing
import WebSocket

@Suite("UTF-8 validator")
struct UTF8ValidatorTests {
    func validate(_ bytes: [UInt8]) -> (isValid: Bool, isComplete: Bool) {
        var validator = UTF8Validator()
        let isValid = bytes.withUnsafeBytes { validator.validate($0) }
        return (isValid, validator.isComplete)
    }

    /// How many bytes are let through before one is refused, fed one by one.
    func accepted(_ bytes: [UInt8]) -> Int {
        var validator = UTF8Validator()
        for (index, byte) in bytes.enumerated() {
            guard withUnsafeBytes(of: byte, { validator.validate($0) }) else { return index }
        }
        return bytes.count
    }

    @Test(
        "valid text is let through at every split",
        arguments: [
            "", "ascii only, and more than eight bytes of it", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε",
            "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFD}\u{FFFE}\u{FFFF}\u{10000}\u{1FFFE}\u{10FFFF}",
            "abcdefgh🙂abcdefg🙂",
        ]
    )
    func valid(_ text: String) {
        for feeding in everyFeeding(of: Array(text.utf8)) {
            var validator = UTF8Validator()
            for chunk in feeding { #expect(chunk.withUnsafeBytes { validator.validate($0) }) }
            #expect(validator.isComplete)
        }
    }

    @Test(
        "bad text is refused at its first bad byte",
        arguments: [
            ("80", 0), ("bf", 0), ("6162 80", 2), ("c0 80", 0), ("c1 bf", 0), ("c2 00", 1), ("c2 c0", 1),
            ("e0 80 80", 1), ("e0 9f bf", 1), ("e1 7f 80", 1), ("e2 82 20", 2), ("ed a0 80", 1), ("ed bf bf", 1),
            ("f0 80 80 80", 1), ("f0 8f bf bf", 1), ("f0 9f 98 c0", 3), ("f4 90 80 80", 1), ("f5 80 80 80", 0),
            ("f8 88 80 80 80", 0), ("fc 84 80 80 80 80", 0), ("fe", 0), ("ff", 0),
            ("cebae1bdb9cf83cebcceb5 eda080 656469746564", 12),  // Autobahn 6.3: κόσμε, a surrogate, text
            ("cebae1bdb9cf83cebcceb5 f4908080 656469746564", 12),  // Autobahn 6.4: κόσμε, over U+10FFFF, text
            ("6162636465666768 ff", 8), ("61626364656667 ff 6162636465666768", 7),
        ]
    )
    func invalid(_ text: String, _ position: Int) {
        let bytes = hex(text)
        #expect(accepted(bytes) == position)
        #expect(!validate(bytes).isValid)
        let before = validate(Array(bytes[..<position]))
        #expect(before.isValid)
    }

    @Test("an unfinished character is neither wrong nor complete", arguments: ["c3", "e2 82", "f0 9f 99", "61 f4 8f"])
    func unfinished(_ text: String) {
        let (isValid, isComplete) = validate(hex(text))
        #expect(isValid && !isComplete)
    }

    @Test("what was refused once stays refused")
    func staysRefused() {
        var validator = UTF8Validator()
        let results = [[0xFF], [0x61], []].map { (bytes: [UInt8]) in bytes.withUnsafeBytes { validator.validate($0) } }
        #expect(results == [false, false, false])
        #expect(!validator.isComplete)
    }

    @Test("every sequence of two bytes, and every edge of three and four, is judged as the standard library does")
    func agreement() {
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF4, 0xFF]
        var disputed: [[UInt8]] = []
        func check(_ bytes: [UInt8]) {
            let (isValid, isComplete) = validate(bytes)
            if (isValid && isComplete) != (String(validating: bytes, as: UTF8.self) != nil) { disputed.append(bytes) }
        }
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max { check([first, second]) }
        }
        let pairs = edges.flatMap { first in edges.map { [first, $0] } }
        for first in UInt8(0xE0)...0xF8 {
            for pair in pairs { check([first] + pair) }
        }
        for first in UInt8(0xF0)...0xF5 {
            for pair in pairs { for last in edges { check([first] + pair + [last]) } }
        }
        #expect(disputed.isEmpty)
    }
}
