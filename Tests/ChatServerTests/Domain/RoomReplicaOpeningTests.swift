import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica: opening a room, and joining it")
struct RoomReplicaOpeningTests {
    @Test("before the subscription is confirmed nothing is read, shown or held")
    func detached() {
        var room = ModelRoom()
        var replica = DrivenReplica()
        #expect(!replica.replica.isLive)
        #expect(replica.receive(room.say(), room.join("ada")) == [])
        #expect(replica.suspect() == [])
        #expect(replica.confirmed() == ["read newest 50"])
    }

    @Test("an opened room is live without a word: there is nobody to tell")
    func opening() {
        var room = ModelRoom()
        room.join("ada")
        _ = room.say(times: 3)
        var replica = DrivenReplica()
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == [])
        #expect(replica.replica.isLive)
        #expect(replica.replica.delivered == 3)
        #expect(replica.replica.rev == 1)
        #expect(replica.replica.roster.sockets == ["ada"])
    }

    @Test("what arrives while the room is read is held: what the reading has is dropped, the rest shown in order")
    func heldPayloads() {
        var room = ModelRoom()
        var replica = DrivenReplica()
        _ = replica.confirmed()
        let early = room.say(times: 3)
        #expect(replica.receive(early) == [])
        let snapshot = room.reading(.newest(50))
        let late = room.say(times: 2) + [room.join("bob")]
        #expect(replica.receive(late) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["message 4", "message 5", "add bob"])
    }

    @Test("held payloads with a hole among them lead to one more reading, then all is shown once and in order")
    func heldWithHole() {
        var room = ModelRoom()
        var replica = DrivenReplica()
        _ = replica.confirmed()
        let snapshot = room.reading(.newest(50))
        let said = room.say(times: 5)
        #expect(replica.receive(said[0], said[3], said[4]) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["message 1", "read after 1"])
        #expect(replica.answer(from: room) == ["message 2", "message 3", "message 4", "message 5"])
        #expect(replica.replica.isLive)
    }

    @Test("a joiner is served by the payload that tells of its join, and hears it last")
    func joinByPayload() {
        var room = ModelRoom()
        room.join("bob")
        _ = room.say(times: 2)
        var replica = DrivenReplica.live(room)
        _ = replica.replica.await(ModelRoom.member("ada"))
        #expect(replica.receive(room.say()) == ["message 3"])
        #expect(replica.receive(room.join("ada")) == ["add ada", "joined ada sees 1,2,3 & ada,bob"])
        #expect(replica.receive(room.say()) == ["message 4"])
    }

    @Test("a joiner whose join is in the first reading is served from it")
    func joinByReading() {
        var room = ModelRoom()
        var replica = DrivenReplica()
        _ = replica.replica.await(ModelRoom.member("ada"))
        _ = replica.confirmed()
        let payload = room.join("ada")
        #expect(replica.receive(payload) == [])
        #expect(replica.answer(from: room) == ["joined ada sees  & ada"])
        #expect(replica.receive(payload) == [])
    }

    @Test("a joiner whose payload was lost is served by the reading that its waiting leads to")
    func joinPayloadLost() {
        var room = ModelRoom()
        var replica = DrivenReplica.live(room)
        _ = replica.replica.await(ModelRoom.member("ada"))
        room.say()
        room.join("ada")
        #expect(replica.suspect() == ["read after 0"])
        #expect(replica.suspect() == [], "one reading at a time")
        #expect(replica.answer(from: room) == ["message 1", "add ada", "joined ada sees 1 & ada"])
    }

    @Test("two joiners of one reading are each served, and each sees the other")
    func twoJoiners() {
        var room = ModelRoom()
        var replica = DrivenReplica()
        _ = replica.replica.await(ModelRoom.member("ada"))
        _ = replica.replica.await(ModelRoom.member("bob"))
        _ = replica.confirmed()
        room.join("bob")
        room.join("ada")
        #expect(
            replica.answer(from: room) == [
                "joined ada sees  & ada,bob", "joined bob sees  & ada,bob",
            ])
    }

    @Test("whoever is no longer awaited gets no opening; the others hear of it as of anybody")
    func gone() {
        var room = ModelRoom()
        var replica = DrivenReplica.live(room)
        _ = replica.replica.await(ModelRoom.member("ada"))
        replica.replica.depart("ada")
        #expect(replica.receive(room.join("ada")) == ["add ada"])
    }

    @Test("an opening holds as many of the newest messages as were asked for, oldest first, however many went by")
    func historyCount() {
        var room = ModelRoom()
        _ = room.say(times: 20)
        var replica = DrivenReplica.live(room, history: 4)
        for _ in 0..<200 { _ = replica.receive(room.say()) }
        #expect(newest(of: replica, history: 4) == [217, 218, 219, 220])
    }

    @Test("with a history of nothing an opening has none")
    func noHistory() {
        var room = ModelRoom()
        room.say()
        var replica = DrivenReplica.live(room, history: 0)
        _ = replica.receive(room.say(times: 40))
        #expect(newest(of: replica, history: 0) == [])
    }

    private func newest(of replica: DrivenReplica, history: Int) -> [Int]? {
        guard case .page(let page)? = replica.replica.view?.step(after: nil, history: history, bytes: .max) else {
            return nil
        }
        return page.isLast ? page.messages.map(\.seq) : nil
    }
}
