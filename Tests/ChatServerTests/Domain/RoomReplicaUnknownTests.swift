import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica: events of kinds that a later version has brought")
struct RoomReplicaUnknownTests {
    /// A room with Ada in it and two messages, shown.
    private static func open() -> (ModelRoom, DrivenReplica) {
        var room = ModelRoom()
        room.join("ada")
        _ = room.say(times: 2)
        var replica = DrivenReplica()
        _ = replica.confirmed()
        _ = replica.answer(from: room)
        return (room, replica)
    }

    @Test("an entry of the log that isn't known takes its number, and costs no reading, gap or reset")
    func entry() {
        var (room, replica) = Self.open()
        let payload = room.addUnknown()
        #expect(replica.receive(payload) == ["unknown"])
        #expect(replica.replica.delivered == 3)
        #expect(replica.receive(payload) == [], "a late copy")
        #expect(replica.receive(room.say()) == ["message 4"])
        let page = replica.replica.view?.step(after: RoomPosition(epoch: "first", seq: 2), history: 50, bytes: 10_000)
        guard case .page(let page) = page else { return #expect(Bool(false), "no page") }
        #expect(page.messages.map(\.seq) == [4] && page.items.count == 1, "and no gap before it")
        #expect(page.isLast && page.position.seq == 4)
    }

    @Test("a change of the roster's number that isn't known is counted and not shown")
    func change() {
        var (room, replica) = Self.open()
        #expect(replica.receive(room.changeUnknown()) == ["unknown"])
        #expect(replica.replica.rev == 2)
        #expect(replica.receive(room.join("bob")) == ["add bob"])
    }

    @Test("what counts nothing is counted as unknown, whatever its epoch")
    func uncounted() throws {
        var (_, replica) = Self.open()
        let json = #"{"topic":"waving","epoch":"other","data":"ada"}"#
        #expect(replica.receive(try #require(RoomPayload(Array(json.utf8), sizeLimit: 1_024))) == ["unknown"])
    }

    @Test("a lost one is read, with what follows, and no gap is told")
    func lost() {
        var (room, replica) = Self.open()
        _ = room.addUnknown()
        _ = room.say()
        let late = room.addUnknown()
        #expect(replica.receive(late) == ["read after 2"])
        #expect(replica.answer(from: room) == ["unknown", "message 4", "unknown"])
        #expect(replica.replica.delivered == 5)
    }

    @Test("a room of nothing else is opened, and whoever comes in is shown an empty history without a gap")
    func opening() {
        var room = ModelRoom()
        for _ in 0..<3 { _ = room.addUnknown() }
        var replica = DrivenReplica()
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == [])
        guard case .page(let page) = replica.replica.view?.step(after: nil, history: 50, bytes: 10_000) else {
            return #expect(Bool(false), "no page")
        }
        #expect(page.items.isEmpty && page.isLast && page.position.seq == 3)
    }
}

extension ModelRoom {
    /// An entry of the log that is no message.
    fileprivate mutating func addUnknown() -> RoomPayload {
        seq += 1
        let json = #"{"seq":\#(seq),"kind":"edited","of":1}"#
        messages.append(StoredMessage(seq: seq, json: Array(json.utf8), isKnown: false))
        return later(#"{"topic":"edited","epoch":"\#(epoch)","data":\#(json)}"#)
    }

    fileprivate mutating func changeUnknown() -> RoomPayload {
        rev += 1
        return later(#"{"topic":"promoted","epoch":"\#(epoch)","rev":\#(rev),"data":["ada"]}"#)
    }

    private func later(_ json: String) -> RoomPayload {
        guard let payload = RoomPayload(Array(json.utf8), sizeLimit: 65_536) else { fatalError("no payload: \(json)") }
        return payload
    }
}
