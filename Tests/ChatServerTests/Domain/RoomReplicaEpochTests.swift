import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica: epochs, and what can't be ours")
struct RoomReplicaEpochTests {
    private var room = ModelRoom()
    private var replica: DrivenReplica

    init() {
        room.join("ada")
        _ = room.say(times: 3)
        replica = .live(room)
    }

    @Test("a payload of an unknown epoch is not shown before the store was read")
    mutating func unknownEpoch() {
        room.restart(as: "second")
        #expect(replica.receive(room.say()) == ["read after 3"])
        #expect(replica.answer(from: room) == ["message 4"])
        #expect(replica.replica.epoch == "second")
        #expect(replica.receive(room.say()) == ["message 5"])
    }

    @Test("a restart that lost nothing isn't felt: seq counts on under the new epoch")
    mutating func silentChange() {
        replica.replica.disconnected()
        room.restart(as: "second")
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == [])
        #expect(replica.receive(room.say()) == ["message 4"])
    }

    @Test("nor are several in a row, up to what each of the epochs had at its end")
    mutating func severalRestarts() {
        replica.replica.disconnected()
        room.restart(as: "second")
        room.say()
        room.restart(as: "third")
        var whole = room.reading(.after(3))
        whole.older = [EpochEnd(epoch: "other", last: 9), EpochEnd(epoch: "first", last: 3)]
        var cut = whole
        cut.older = [EpochEnd(epoch: "first", last: 2)]
        _ = replica.confirmed()
        var other = replica
        #expect(replica.complete(whole, number: replica.readNumber) == ["message 4"])
        #expect(replica.replica.epoch == "third")
        #expect(other.complete(cut, number: other.readNumber) == ["read newest 50"], "more was shown than is left")
    }

    @Test("who was away for several restarts goes on where nothing was lost, and is reset elsewhere")
    func severalRestartsAway() {
        let view = RoomView(
            epoch: "third", previousEpoch: "second", base: 6, older: [EpochEnd(epoch: "first", last: 4)], seq: 8,
            rev: 1,
            roster: Roster(), ring: [])
        #expect(view.continuation(after: RoomPosition(epoch: "first", seq: 4)) == .read(after: 4))
        #expect(view.continuation(after: RoomPosition(epoch: "first", seq: 5)) == .reset)
        #expect(view.continuation(after: RoomPosition(epoch: "second", seq: 6)) == .read(after: 6))
        #expect(view.continuation(after: RoomPosition(epoch: "zeroth", seq: 1)) == .reset)
    }

    @Test("nor is one that this replica was behind of: it catches up across the change")
    mutating func silentChangeFromBehind() {
        replica.replica.disconnected()
        _ = room.say(times: 2)
        room.restart(as: "second")
        room.say()
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["message 4", "message 5", "message 6"])
    }

    @Test("a restart that lost what was shown is a reset, with history and roster, after which the room goes on")
    mutating func restartWithFewer() {
        replica.replica.disconnected()
        room.restart(as: "second", keeping: 2)
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["read newest 50"])
        #expect(replica.answer(from: room) == ["reset second"])
        #expect(replica.receive(room.say()) == ["message 3"])
    }

    @Test("the same where new messages have passed the number that was shown: it is told by the base")
    mutating func restartWithFewerThenMore() {
        replica.replica.disconnected()
        room.restart(as: "second", keeping: 1)
        _ = room.say(times: 9)
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["read newest 50"])
        #expect(replica.answer(from: room).first == "reset second")
        #expect(replica.replica.delivered == 10)
    }

    @Test("two restarts in a row are a reset: only one epoch back is known")
    mutating func twoRestarts() {
        replica.replica.disconnected()
        room.restart(as: "second")
        room.restart(as: "third")
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["read newest 50"])
        #expect(replica.answer(from: room) == ["reset third"])
    }

    @Test("an empty store is a reset to nothing")
    mutating func emptyStore() {
        replica.replica.disconnected()
        room.forget(as: "second")
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["read newest 50"])
        #expect(replica.answer(from: room) == ["reset second"])
        #expect(replica.receive(room.say()) == ["message 1"])
    }

    @Test("the same epoch with a smaller seq is a reset as well: an older state was restored")
    mutating func olderState() {
        room.seq = 1
        room.messages.removeLast(2)
        _ = replica.suspect()
        #expect(replica.answer(from: room) == ["read fresh 50"])
        room.begin("second")
        #expect(replica.answer(from: room) == ["reset second"])
    }

    @Test("a joiner during a reset gets its opening, after the room got its reset")
    mutating func joinDuringReset() {
        replica.replica.disconnected()
        room.forget(as: "second")
        _ = replica.replica.await(ModelRoom.member("bob"))
        let joined = room.join("bob")
        _ = replica.confirmed()
        #expect(replica.receive(joined) == [])
        _ = replica.answer(from: room)
        #expect(
            replica.answer(from: room) == [
                "reset second", "joined bob sees  & bob",
            ])
    }

    @Test("a payload of a foreign epoch that the store knows nothing of is dropped after one reading")
    mutating func foreignEpoch() {
        var foreign = ModelRoom()
        foreign.epoch = "forged"
        #expect(replica.receive(foreign.say()) == ["read after 3"])
        #expect(replica.answer(from: room) == ["junk"])
        #expect(replica.replica.isLive)
    }

    @Test("a payload far ahead of the store is dropped after one reading, and hides nothing")
    mutating func farAhead() {
        var ahead = room
        _ = ahead.say(times: 1_000)
        #expect(replica.receive(ahead.say()) == ["read after 3"])
        #expect(replica.answer(from: room) == ["junk"])
        #expect(replica.receive(room.say()) == ["message 4"])
    }

    @Test("a change of the roster far ahead of the store is dropped after one reading")
    mutating func revFarAhead() {
        var ahead = room
        ahead.rev = 1_000
        #expect(replica.receive(ahead.join("eve")) == ["read after 3"])
        #expect(replica.answer(from: room) == ["junk"])
        #expect(replica.receive(room.join("bob")) == ["add bob"])
    }

    @Test("however much junk comes during a reading, two readings are the end of it, and what is ours is shown")
    mutating func junkWhileReading() {
        var foreign = ModelRoom()
        foreign.epoch = "forged"
        _ = replica.suspect()
        let snapshot = room.reading(.after(3))
        let ours = room.say()
        #expect(replica.receive(foreign.say(times: 100) + [ours] + foreign.say(times: 100)) == [])
        #expect(replica.complete(snapshot, number: replica.readNumber) == ["read after 3"])
        #expect(replica.answer(from: room) == ["message 4"] + Array(repeating: "junk", count: 200))
        #expect(replica.replica.isLive)
    }

    @Test("typing never leads to a reading, whatever epoch it tells: it is shown in the room's own")
    mutating func typingOfAnEpochBefore() {
        let old = RoomPayload(StoreFormat.typing("ada", epoch: "before"), sizeLimit: 1_024)
        let stranger = RoomPayload(StoreFormat.typing("eve", epoch: "before"), sizeLimit: 1_024)
        let outputs = [old, stranger].compactMap(\.self).flatMap { replica.replica.receive($0) }
        let shown = RoomEvent(
            .typing(socket: "ada"), at: RoomPosition(epoch: "first", seq: replica.replica.delivered))
        #expect(outputs == [.event(shown)])
        #expect(replica.replica.isLive)
    }
}
