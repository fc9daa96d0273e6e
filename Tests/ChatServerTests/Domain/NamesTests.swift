import Testing

@testable import ChatServer

@Suite("Names, ids and random texts")
struct NamesTests {
    @Test(
        "a member's name is trimmed, and kept as it is",
        arguments: [
            ("Ada", "Ada"), ("  Ada Lovelace\n", "Ada Lovelace"), ("\u{3000}愛\u{3000}", "愛"), ("<b>", "<b>"),
            ("\"\\{}", "\"\\{}"), ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"), ("O’Brien", "O’Brien"), ("علي", "علي"),
        ])
    func goodName(given: String, kept: String) {
        #expect(Member.validName(given) == kept)
    }

    @Test(
        "blank, long and invisible names are refused",
        arguments: [
            "", "   ", "\n\t", "\u{3000}", "a\u{0}b", "a\nb", "a\u{7F}b", "a\u{85}b", "a\u{2028}b", "a\u{2029}b",
            "a\u{202E}b", "a\u{2066}b", String(repeating: "x", count: 41), String(repeating: "👩‍👩‍👧‍👦", count: 40),
        ])
    func badName(name: String) {
        #expect(Member.validName(name) == nil)
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
