import Testing

@testable import ChatServer
@testable import Rooms

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("Names, ids and random texts")
struct NamesTests {
    private func fixture(_ name: String) throws -> Data {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return try Data(contentsOf: URL(filePath: "/\(root)/Fixtures/Names/\(name)"))
    }

    private struct NameCase: Decodable {
        let given: String
        let kept: String?
    }

    @Test("the names that the page is tested with as well are kept trimmed, or refused")
    func sharedNames() throws {
        let cases = try JSONDecoder().decode([NameCase].self, from: fixture("names.json"))
        #expect(cases.count > 90)
        for name in cases {
            let kept = Member.validName(name.given).map { Array($0.unicodeScalars) }
            #expect(kept == name.kept.map { Array($0.unicodeScalars) }, "\(name.given.unicodeScalars.map(\.value))")
        }
    }

    @Test("the sets of characters are those that the page has as well")
    func sharedCharacters() throws {
        let listed = String(decoding: try fixture("characters.txt"), as: UTF8.self)
        let sets: [(String, [ClosedRange<UInt32>])] = [
            ("whiteSpace", NameCharacters.whiteSpace), ("ignorable", NameCharacters.ignorable),
            ("control", NameCharacters.control), ("blank", NameCharacters.blank),
            ("pictograph", NameCharacters.pictograph), ("virama", NameCharacters.virama),
            ("arabicLetter", NameCharacters.arabicLetter), ("ideograph", NameCharacters.ideograph),
        ]
        func hex(_ value: UInt32) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
        let lines = sets.flatMap { name, ranges in
            ranges.map { "\(name) \(hex($0.lowerBound))..\(hex($0.upperBound))" }
        }
        #expect(listed.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) == lines)
    }

    @Test("whatever Unicode calls white space, ignorable, control or bidirectional control is in its set")
    func setsHoldWhatUnicodeSays() {
        // Asked of a million characters: what is wrong is collected, and judged once.
        var wrong: [UInt32] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            let category = properties.generalCategory
            let isControl = category == .control || category == .lineSeparator || category == .paragraphSeparator
            let isHidden = properties.isDefaultIgnorableCodePoint || properties.isBidiControl
            func isIn(_ set: [ClosedRange<UInt32>]) -> Bool { NameCharacters.contains(scalar, in: set) }
            if properties.isWhitespace != isIn(NameCharacters.whiteSpace) || isControl != isIn(NameCharacters.control)
                || isHidden && !isIn(NameCharacters.ignorable)
                || properties.isEmojiPresentation && !isIn(NameCharacters.pictograph)
            {
                wrong.append(value)
            }
        }
        #expect(wrong == [])
    }

    @Test("a text of nothing visible is blank")
    func blankTexts() {
        for text in ["", " \n\t", "\u{200B}", "\u{200B} \u{2060}", "\u{FEFF}", "\u{3164}", "\u{2800}", "\u{202E}"] {
            #expect(NameCharacters.isBlank(text), "\(text.unicodeScalars.map(\.value))")
        }
        for text in ["a", "\u{200B}a", ".", "愛", "👍🏽", "\u{301}"] { #expect(!NameCharacters.isBlank(text)) }
    }

    @Test("what the store holds may be a name of another version of this server; a line it doesn't break")
    func storedNames() {
        for name in ["Ada", "a\u{200E}b", "\u{200B}", "愛", String(repeating: "x", count: 60)] {
            #expect(Member.isStorableName(name))
        }
        for name in ["", " a", "a\u{3000}", "a\nb", "a\u{2028}b", "a\u{0}", String(repeating: "x", count: 641)] {
            #expect(!Member.isStorableName(name))
        }
    }

    @Test("40 characters are a name, whatever they are made of")
    func longestName() {
        for character in ["x", "é", "愛", "👍🏽"] {
            #expect(Member.validName(String(repeating: character, count: 40)) != nil, "\(character)")
        }
        #expect(Member.validName("e" + String(repeating: "\u{301}", count: 10_000)) == nil, "one character, 20 kB")
    }

    @Test("a room is 1 to 64 of letters, digits, dot, underscore and hyphen")
    func roomName() {
        for name in ["lobby", "a", "A-Z_0.9", String(repeating: "r", count: 64)] {
            #expect(RoomName(name)?.text == name)
        }
        for name in ["", " ", "a b", "a/b", "a{b}", "a:b", "é", "a\u{0}", "a\n", String(repeating: "r", count: 65)] {
            #expect(RoomName(name) == nil, "\(name)")
        }
        #expect(RoomName.lobby == RoomName("lobby"))
    }

    @Test("an id is 1 to 64 of letters, digits, underscore and hyphen")
    func messageID() {
        for id in ["a", "0-_Zz", String(repeating: "i", count: 64)] { #expect(MessageID.isValid(id)) }
        for id in ["", ".", "a b", "a:b", "ä", "a\u{0}", String(repeating: "i", count: 65)] {
            #expect(!MessageID.isValid(id), "\(id)")
        }
    }

    @Test("random texts are of the asked length, valid as ids, and never the same")
    func randomText() {
        for length in [0, 1, 10, 11, 64] { #expect(RandomText.make(length).utf8.count == length) }
        let all = (0..<2_000).map { _ in RandomText.secret }
        #expect(Set(all).count == 2_000)
        #expect(all.allSatisfy(MessageID.isValid))
        #expect(all[0].utf8.count * 6 >= 128, "a secret holds at least 128 bits")
        #expect(Set(all.joined()).count == 64, "every character of the alphabet turns up")
    }

    @Test("random names are valid, and of some variety")
    func randomName() {
        let names = (0..<500).map { _ in RandomName.make() }
        #expect(names.allSatisfy { Member.validName($0) == $0 && $0.contains(" ") })
        #expect(Set(names).count > 100)
    }
}
