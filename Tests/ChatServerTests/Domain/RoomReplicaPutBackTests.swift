import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica: a store whose data were put back in place")
struct RoomReplicaPutBackTests {
    private var room = ModelRoom()
    private var replica: DrivenReplica
    private var older: ModelRoom

    init() {
        room.join("ada")
        _ = room.say(times: 3)
        older = room
        room.join("bob")
        _ = room.say(times: 2)
        replica = .live(room)
    }

    /// The reading that was asked for finds the older state: a fresh epoch is asked for, and everybody is reset to it.
    private mutating func expectReset() {
        #expect(replica.answer(from: room) == ["read fresh 50"])
        room.begin("fresh")
        #expect(replica.answer(from: room).first == "reset fresh")
        #expect(replica.replica.delivered == room.seq && replica.replica.rev == room.rev)
        #expect(replica.receive(room.say()).last == "message \(room.seq)")
    }

    @Test("a message under a number that was another's is no copy: the store is read at once")
    mutating func otherMessage() {
        room = older
        #expect(replica.receive(room.say("another")) == ["read after 5"])
        expectReset()
    }

    @Test("a copy of what was shown is none, whenever it comes")
    mutating func copy() {
        let said = room.say()
        #expect(replica.receive(said) == ["message 6"])
        for _ in 0..<10 { #expect(replica.receive(said) == [] && replica.tick() == []) }
    }

    @Test("a store that ran past the number shown is known by the message under that number")
    mutating func ranPast() {
        replica.replica.disconnected()
        room = older
        for index in 0..<9 { _ = room.say("another \(index)") }
        #expect(replica.confirmed() == ["read after 5"])
        expectReset()
    }

    @Test("the same where the messages are as many, and only their texts differ")
    mutating func sameNumber() {
        room = older
        _ = room.say("another")
        _ = room.say("another")
        #expect(replica.suspect() == ["read after 5"])
        expectReset()
    }

    @Test("and where a restart, that took the others over, came after it")
    mutating func ranPastAndRestarted() throws {
        replica.replica.disconnected()
        room = older
        for index in 0..<9 { _ = room.say("another \(index)") }
        room.restart(as: "second")
        _ = replica.confirmed()
        #expect(replica.answer(from: room) == ["read newest 50"])
        #expect(replica.answer(from: room) == ["reset second"])
        let view = try #require(replica.replica.view)
        #expect(view.continuation(after: RoomPosition(epoch: "first", seq: 5)) == .reset)
    }

    @Test("a message that the store no longer has is not held against it")
    mutating func trimmed() {
        room.retention = 1
        _ = room.say(times: 3)
        #expect(replica.suspect() == ["read after 5"])
        #expect(replica.answer(from: room) == ["gap 6-7", "message 8"])
    }

    @Test("a change of the roster that has an old number is looked into within a second, and not again and again")
    mutating func oldRevision() {
        // Those that a reading has overtaken come late.
        for _ in 0..<5 { _ = replica.tick() }
        room = older
        #expect(replica.receive(room.join("eve")) == [])
        #expect(replica.tick() == ["read after 5"])
        #expect(replica.tick() == [])
    }

    @Test("right after a reading, old numbers are what it has overtaken")
    mutating func lateRevisions() {
        let renamed = room.rename("ada", to: "Ada")
        _ = replica.suspect()
        #expect(replica.answer(from: room) == ["update ada Ada"])
        #expect(replica.receive(renamed) == [] && replica.tick() == [])
    }

    @Test("a lower revision alone is a reset as well: the roster is an older one")
    mutating func lowerRevision() {
        let before = room
        room.leave("bob")
        #expect(replica.receive(room.rename("ada", to: "Ada")) == ["read after 5"])
        #expect(replica.answer(from: room) == ["delete bob", "update ada Ada"])
        room = before
        #expect(replica.suspect() == ["read after 5"])
        expectReset()
    }

    @Test("a joiner whose change has an old number doesn't wait for it")
    mutating func join() {
        room = older
        room.join("eve")
        let outputs = replica.replica.await(ModelRoom.member("eve"), since: (room.epoch, room.rev))
        #expect(words(outputs) == ["read after 5"])
    }

    @Test("nor does one wait for a change that was lost on the way")
    mutating func joinLost() {
        room.join("eve")
        #expect(replica.replica.await(ModelRoom.member("eve"), since: (room.epoch, room.rev)) == [])
        let asked = (0..<5).flatMap { _ in replica.tick() }
        #expect(asked == ["read after 5"])
    }

    @Test("an epoch that began before the one known is an older state, whatever its numbers are")
    mutating func earlierEpoch() {
        var later = room
        later.begin("1700000000002_b")
        var replica = DrivenReplica.live(later)
        room.begin("1700000000001_a")
        _ = room.say(times: 5)
        #expect(replica.suspect() == ["read after 5"])
        #expect(replica.answer(from: room) == ["read fresh 50"])
        room.begin("1700000000003_c")
        #expect(replica.answer(from: room) == ["reset 1700000000003_c"])
    }

    @Test("of two names the times they begin with are compared; those of earlier versions say nothing")
    func order() {
        #expect(EpochOrder.isOlder("1700000000001_z", than: "1700000000002_a"))
        #expect(!EpochOrder.isOlder("1700000000002_a", than: "1700000000002_b"))
        for random in ["", "abc", "1700000000000", "170000000000_a", "1700000000000000_a", "1_2", "9-_"] {
            #expect(!EpochOrder.isOlder(random, than: "1700000000002_a"), "\(random)")
            #expect(!EpochOrder.isOlder("1700000000002_a", than: random), "\(random)")
        }
    }

    // MARK: Members of this server

    @Test("a member of this server that was swept is put back, and nobody here sees it go or come")
    mutating func swept() {
        _ = replica.replica.await(ModelRoom.member("ada"))
        let outputs = replica.replica.receive(room.leave("ada"))
        #expect(outputs == [.removed(socket: "ada")])
        #expect(replica.replica.roster["ada"] != nil)
        #expect(replica.receive(room.join("ada")) == [])
        #expect(replica.receive(room.leave("bob")) == ["delete bob"])
    }

    @Test("the same where a reading finds it gone, in this history and in another")
    mutating func sweptUnheard() {
        _ = replica.replica.await(ModelRoom.member("ada"))
        room.leave("ada")
        _ = replica.suspect()
        #expect(replica.answer(from: room) == [])
        #expect(replica.receive(room.join("ada")) == [])
        room.forget(as: "second")
        replica.replica.disconnected()
        _ = replica.confirmed()
        _ = replica.answer(from: room)
        #expect(replica.answer(from: room) == ["reset second"])
        #expect(replica.replica.roster.sockets == ["ada"], "bob is nobody's here")
    }

    @Test("put back under another name it is renamed; what isn't put back is asked for again")
    mutating func putBack() {
        _ = replica.replica.await(ModelRoom.member("ada"))
        _ = replica.receive(room.leave("ada"))
        let asked = (0..<5).flatMap { _ in replica.tick() }
        #expect(asked == ["read after 5"])
        #expect(replica.answer(from: room) == [])
        #expect(replica.receive(room.putBack(ModelRoom.member("ada", name: "Ada"))) == ["update ada Ada"])
    }

    @Test("one that has gone before it was put back has left")
    mutating func goneMeanwhile() {
        _ = replica.replica.await(ModelRoom.member("ada"))
        _ = replica.receive(room.leave("ada"))
        #expect(words(replica.replica.depart("ada")) == ["delete ada"])
        #expect(replica.replica.depart("ada") == [])
    }

    @Test(
        "a roster of another size, after as many changes, is another one; junk in it and those to be put back are counted"
    )
    mutating func count() {
        func head(_ count: Int?, rev: Int? = nil) -> RoomHead {
            RoomHead(epoch: room.epoch, seq: room.seq, rev: rev ?? room.rev, count: count)
        }
        #expect(!replica.replica.isBehind(head(2)) && !replica.replica.isBehind(head(nil)))
        #expect(replica.replica.isBehind(head(1)) && replica.replica.isBehind(head(3)))
        #expect(!replica.replica.isBehind(head(1, rev: room.rev - 1)), "it has changed since")
        _ = replica.replica.await(ModelRoom.member("ada"))
        _ = replica.receive(room.leave("ada"))
        #expect(!replica.replica.isBehind(head(1)) && replica.replica.isBehind(head(2)))
        _ = replica.suspect()
        var reading = room.reading(.after(5))
        reading.junkFields = 3
        _ = replica.complete(reading, number: replica.readNumber)
        #expect(!replica.replica.isBehind(head(4)))
    }
}
