import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Which rooms may be entered")
struct RoomPolicyTests {
    private func admits(_ list: [String], _ room: String) throws -> Bool {
        let policy = try #require(RoomPolicy(allowing: list))
        return policy.admits(try #require(RoomName(room)))
    }

    @Test("patterns match whole names, by stars and question marks")
    func patterns() throws {
        for (pattern, rooms, others) in [
            ("lobby", ["lobby"], ["Lobby", "lobby2", "lobb", "my-lobby"]),
            ("team-*", ["team-", "team-a", "team-a-b"], ["team", "steam-a"]),
            ("*", ["a", "lobby"], []),
            ("?", ["a"], ["ab"]),
            ("*-*-?", ["a-b-c", "--x", "a-b-c-d"], ["a-b", "a-b-", "a-b-cd"]),
            ("a*b*c", ["abc", "aXbYc", "abbcc", "abcbc"], ["ab", "acb", "abcd"]),
        ] {
            for room in rooms { #expect(try admits([pattern], room), "\(pattern) \(room)") }
            for room in others { #expect(try !admits([pattern], room), "\(pattern) \(room)") }
        }
        #expect(try admits(["lobby", "team-*"], "team-x"))
        #expect(RoomPolicy.any.admits(.lobby))
    }

    @Test("rooms that exist are asked for by a word that is no room's name")
    func existing() throws {
        let policy = try #require(RoomPolicy(allowing: ["lobby", "@existing"]))
        #expect(policy.admitsExisting && policy.admits(.lobby))
        #expect(try !admits(["@existing"], "lobby"))
        #expect(try #require(RoomPolicy(allowing: ["lobby"])).admitsExisting == false)
    }

    @Test("what could be no room's name, and nothing, are refused")
    func nonsense() {
        for list in [[], [""], ["a b"], ["team/*"], ["@others"], [String(repeating: "a", count: 65)]] {
            #expect(RoomPolicy(allowing: list) == nil, "\(list)")
        }
    }

    @Test("a pattern of many stars costs no more than the product of the lengths")
    func hostilePattern() throws {
        let pattern = String(repeating: "a*", count: 31) + "b"
        #expect(try !admits([pattern], String(repeating: "a", count: 64)))
    }
}
