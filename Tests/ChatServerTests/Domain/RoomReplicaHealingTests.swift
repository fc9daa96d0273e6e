import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica: what is lost, doubled or late")
struct RoomReplicaHealingTests {
    private var room = ModelRoom()
    private var replica: DrivenReplica

    init() {
        room.join("ada")
        _ = room.say(times: 3)
        replica = .live(room)
    }

    @Test("a payload that was shown is not shown again")
    mutating func duplicates() {
        let said = room.say()
        let joined = room.join("bob")
        #expect(replica.receive(said, said, joined, joined, said) == ["message 4", "add bob"])
    }

    @Test("a jump in seq is a hole: it is read once, shown in order, and what waited follows")
    mutating func hole() {
        let said = room.say(times: 4)
        #expect(replica.receive(said[2]) == ["read after 3"])
        #expect(replica.receive(said[3], said[2]) == [])
        #expect(replica.answer(from: room) == ["message 4", "message 5", "message 6", "message 7"])
        #expect(replica.receive(said[0], said[1]) == [], "late, and shown already")
    }

    @Test("a hole that the store no longer holds is named once, and the rest is shown")
    mutating func gap() {
        room.retention = 2
        let said = room.say(times: 6)
        #expect(replica.receive(said[5]) == ["read after 3"])
        #expect(replica.answer(from: room) == ["gap 4-7", "message 8", "message 9"])
        #expect(replica.suspect() == ["read after 9"])
        #expect(replica.answer(from: room) == [], "it is said once")
    }

    @Test("a gap at the end, where the store counts more than it holds, is named as well")
    mutating func gapAtEnd() {
        _ = room.say(times: 3)
        room.messages = []
        #expect(replica.suspect() == ["read after 3"])
        #expect(replica.answer(from: room) == ["gap 4-6"])
        #expect(replica.receive(room.say()) == ["message 7"])
    }

    @Test("a gap in the middle of what is held is named in its place")
    mutating func gapInside() {
        _ = room.say(times: 4)
        room.messages.removeAll { $0.seq == 5 }
        _ = replica.suspect()
        #expect(replica.answer(from: room) == ["message 4", "gap 5-5", "message 6", "message 7"])
    }

    @Test("a jump in rev makes the roster be read, and the differences shown")
    mutating func rosterJump() {
        room.join("bob")
        room.rename("ada", to: "Ada L.")
        let last = room.join("cleo")
        #expect(replica.receive(last) == ["read after 3"])
        #expect(replica.answer(from: room) == ["update ada Ada L.", "add bob", "add cleo"])
        room.leave("bob")
        #expect(replica.receive(room.leave("ada")) == ["read after 3"])
        #expect(replica.answer(from: room) == ["delete ada", "delete bob"])
        #expect(replica.replica.rev == room.rev)
    }

    @Test("roster changes in order are passed on as they are")
    mutating func rosterInOrder() {
        let payloads = [room.join("bob"), room.rename("bob", to: "Bob"), room.leave("bob")]
        #expect(replica.receive(payloads) == ["add bob", "update bob Bob", "delete bob"])
        #expect(replica.replica.roster.sockets == ["ada"])
    }

    @Test("a long hole is read page by page, in order, and what waited follows the last")
    mutating func pages() {
        room.pageSize = 2
        let said = room.say(times: 5)
        #expect(replica.receive(said[4]) == ["read after 3"])
        #expect(replica.answer(from: room) == ["message 4", "message 5", "read after 5"])
        let more = room.say()
        #expect(replica.receive(more) == [])
        #expect(replica.answer(from: room) == ["message 6", "message 7", "read after 7"])
        #expect(!replica.replica.isLive)
        #expect(replica.answer(from: room) == ["message 8", "message 9"])
        #expect(replica.replica.isLive)
        #expect(replica.receive(more) == [])
    }

    @Test("a joiner waits for the last page")
    mutating func joinDuringPages() {
        room.pageSize = 2
        _ = room.say(times: 3)
        _ = replica.replica.await(ModelRoom.member("bob"))
        room.join("bob")
        _ = replica.suspect()
        #expect(replica.answer(from: room) == ["message 4", "message 5", "read after 5"])
        #expect(replica.answer(from: room) == ["message 6", "add bob", "joined bob sees 1,2,3,4,5,6 & ada,bob"])
    }

    @Test("the roster is compared once, on the last page: nobody is renamed or gone who was never there")
    mutating func rosterDuringPages() {
        room.pageSize = 2
        _ = room.say(times: 6)
        for socket in ["bob", "cleo"] {
            _ = replica.replica.await(ModelRoom.member(socket))
            room.join(socket)
        }
        _ = replica.suspect()
        #expect(replica.answer(from: room) == ["message 4", "message 5", "read after 5"])
        room.rename("bob", to: "Bob")
        room.leave("cleo")
        replica.replica.depart("cleo")
        #expect(replica.answer(from: room) == ["message 6", "message 7", "read after 7"])
        #expect(
            replica.answer(from: room) == [
                "message 8", "message 9", "add bob", "joined bob sees 1,2,3,4,5,6,7,8,9 & ada,bob",
            ])
    }

    @Test("more than can be held is dropped, not lost: the store is read again")
    mutating func overflow() {
        _ = replica.suspect()
        let snapshot = room.reading(.after(3))
        room.retention = 10_000
        room.pageSize = 10_000
        let said = room.say(times: 4_200)
        #expect(replica.receive(said) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["read after 3"])
        #expect(replica.answer(from: room) == (4...4_203).map { "message \($0)" })
        #expect(replica.receive(room.say()) == ["message 4204"])
    }

    @Test("so is more than may be held in bytes")
    mutating func overflowInBytes() {
        _ = replica.suspect()
        let snapshot = room.reading(.after(3))
        let text = String(repeating: "x", count: 32_000)
        let said = (0..<300).map { _ in room.say(text) }
        #expect(replica.receive(said) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["read after 3"])
        room.pageSize = 1_000
        #expect(replica.answer(from: room) == (4...303).map { "message \($0)" })
    }

    @Test("after an overflow the store is read again even where all that was held is known")
    mutating func overflowOfKnown() {
        _ = replica.suspect()
        let snapshot = room.reading(.after(3))
        _ = room.say()
        let old = room.rename("ada", to: "ada")
        #expect(replica.receive(Array(repeating: old, count: 4_097)) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["update ada ada", "read after 3"])
        #expect(replica.answer(from: room) == ["message 4"])
    }

    @Test("a reading that is no longer waited for is passed over")
    mutating func staleReading() {
        _ = replica.suspect()
        let stale = (room.reading(.after(3)), replica.readNumber)
        #expect(replica.confirmed() == ["read after 3"])
        room.say()
        #expect(replica.complete(stale.0, number: stale.1) == [])
        #expect(!replica.replica.isLive)
        #expect(!replica.replica.isReading(stale.1))
        #expect(replica.replica.isReading(replica.readNumber))
        #expect(replica.answer(from: room) == ["message 4"])
        #expect(replica.complete(room.reading(.after(4)), number: replica.readNumber) == [], "nor twice")
    }

    @Test("a link lost while live: what happened meanwhile is read when it is back")
    mutating func disconnectedLive() {
        replica.replica.disconnected()
        #expect(!replica.replica.isLive)
        let lost = room.say(times: 2)
        room.leave("ada")
        #expect(replica.receive(lost) == [])
        #expect(replica.confirmed() == ["read after 3"])
        #expect(replica.answer(from: room) == ["message 4", "message 5", "delete ada"])
    }

    @Test("a link lost during a reading: the reading is passed over, and made anew")
    mutating func disconnectedReading() {
        let said = room.say(times: 2)
        #expect(replica.receive(said[1]) == ["read after 3"])
        replica.replica.disconnected()
        #expect(replica.answer(from: room) == [])
        #expect(replica.confirmed() == ["read after 3"])
        #expect(replica.answer(from: room) == ["message 4", "message 5"])
    }

    @Test("a link lost before the first reading: the room opens when it is back")
    mutating func disconnectedOpening() {
        var replica = DrivenReplica()
        _ = replica.confirmed()
        replica.replica.disconnected()
        #expect(replica.answer(from: room) == [])
        #expect(replica.confirmed() == ["read newest 50"])
        #expect(replica.answer(from: room) == [])
        #expect(replica.replica.delivered == 3)
    }

    @Test("typing is shown of members, and of nobody else")
    mutating func typing() {
        let typing = RoomPayload(StoreFormat.typing("ada", epoch: room.epoch), sizeLimit: 1_024)
        let stranger = RoomPayload(StoreFormat.typing("eve", epoch: room.epoch), sizeLimit: 1_024)
        #expect(replica.receive([typing, stranger].compactMap(\.self)) == ["typing ada"])
    }
}
