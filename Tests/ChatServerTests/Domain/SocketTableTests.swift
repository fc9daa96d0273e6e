import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What a room has for its members, by socket")
struct SocketTableTests {
    @Test("it finds, replaces and forgets as a dictionary does, and is in the sockets' order", arguments: [1, 2, 3])
    func asADictionary(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = Roster()
        var expected: [String: Member] = [:]
        for number in 0..<2_000 {
            let socket = "s\(random.below(60))"
            let member = random.chance(60) ? ModelRoom.member(socket, name: "\(number)") : nil
            table[socket] = member
            expected[socket] = member
            #expect(table.count == expected.count && table.isEmpty == expected.isEmpty)
            let other = "s\(random.below(60))"
            #expect(table[other] == expected[other])
        }
        #expect(table.sockets == expected.keys.sorted() && table == Roster(expected.values))
    }

    @Test("of several members with one socket the first is kept")
    func firstOfSeveral() {
        let members = ["b", "a", "b"].enumerated().map { ModelRoom.member($0.element, name: "\($0.offset)") }
        #expect(Roster(members).map(\.username) == ["1", "0"])
    }

    @Test("a changed copy of a member leaves the others as they are")
    func copies() {
        let ada = ModelRoom.member("ada")
        var renamed = ada
        renamed.username = "Ada L."
        #expect(ada.username == "ada" && renamed.username == "Ada L." && ada != renamed)
        #expect(renamed.avatar == ada.avatar && renamed.joined == ada.joined && renamed.socket == "ada")
        renamed.username = "ada"
        #expect(ada == renamed && Set([ada, renamed]).count == 1)
        let drawn = Member(socket: "ada", username: "ada", avatar: "/me.svg", joined: ada.joined)
        #expect(drawn != ada && drawn.avatar == "/me.svg")
    }
}
