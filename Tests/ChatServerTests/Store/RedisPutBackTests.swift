import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms in Redis: data put back in place, and keys lost alone")
    struct RedisPutBackTests {
        private struct Room {
            let fixture: StoreFixture
            let probe: RedisProbe
            let prefix: String

            /// A room with Ada in it and three messages.
            static func make() async throws -> Room {
                let fixture = try await StoreFixture.make(.redis)
                try await fixture.join("ada")
                for index in 1...3 { try await fixture.say(id: "early\(index)") }
                return Room(
                    fixture: fixture, probe: try RedisProbe(await RedisServer.shared.url),
                    prefix: "chat:{\(fixture.room)}:")
            }

            /// This server has shown what the store holds.
            func show() async throws { fixture.store.remember(try await fixture.read().head, of: fixture.room) }

            func stop() async {
                await probe.close()
                await fixture.stop()
            }
        }

        @Test("whoever knows more than the store changes it in a fresh epoch alone, in which nobody goes on")
        func freshEpoch() async throws {
            let room = try await Room.make()
            let before = try await RoomSnapshot.take(room.fixture.room, room.probe)
            try await room.fixture.say()
            try await room.show()
            let known = try await room.fixture.read()
            try await before.putBack(room.probe)
            let receipt = try await room.fixture.say(id: "after")
            #expect(receipt.epoch != known.epoch && receipt.seq == 4)
            let reading = try await room.fixture.read()
            #expect(reading.previousEpoch == nil && reading.base == 0 && reading.messages.map(\.seq) == [1, 2, 3, 4])
            #expect(EpochOrder.isOlder(known.epoch, than: reading.epoch))
            try await room.show()
            // Put back once more: by now the epoch tells.
            try await before.putBack(room.probe)
            for index in 0..<9 { try await room.fixture.say(id: "again\(index)") }
            let last = try await room.fixture.read()
            #expect(EpochOrder.isOlder(reading.epoch, than: last.epoch))
            await room.stop()
        }

        @Test(
            "a lower revision tells it as well, to a join, a rename and a leave",
            arguments: ["join", "rename", "leave"])
        func revision(change: String) async throws {
            let room = try await Room.make()
            let ada = try await room.fixture.join("ada", attempt: "second")
            let before = try await RoomSnapshot.take(room.fixture.room, room.probe)
            try await room.fixture.join("bob")
            try await room.show()
            let known = try await room.fixture.read()
            try await before.putBack(room.probe)
            switch change {
            case "join": #expect(try await room.fixture.join("eve").epoch != known.epoch)
            case "rename": try await room.fixture.rename(ada.member, to: "Ada L.")
            default: try await room.fixture.leave("ada")
            }
            let last = try await room.fixture.read()
            #expect(EpochOrder.isOlder(known.epoch, than: last.epoch))
            await room.stop()
        }

        @Test("whoever knows nothing of the room, or no more than the store, changes nothing of its epoch")
        func sameEpoch() async throws {
            let room = try await Room.make()
            let epoch = try await room.fixture.read().epoch
            try await room.show()
            #expect(try await room.fixture.say().epoch == epoch)
            #expect(try await room.fixture.join("bob").epoch == epoch)
            room.fixture.store.remember(nil, of: room.fixture.room)
            #expect(try await room.fixture.say().epoch == epoch)
            room.fixture.store.remember(RoomHead(epoch: "random", seq: 900, rev: 900), of: room.fixture.room)
            #expect(try await room.fixture.say().epoch == epoch, "of an earlier version: it tells no time")
            await room.stop()
        }

        @Test("a reading that is to be of a fresh epoch begins one, once")
        func freshReading() async throws {
            let room = try await Room.make()
            let known = try await room.fixture.read().head
            let reading = try await room.fixture.read(.fresh(50, insteadOf: known))
            #expect(reading.epoch != known.epoch && reading.previousEpoch == nil && reading.messages.count == 3)
            let again = try await room.fixture.read(.fresh(50, insteadOf: known))
            #expect(again.epoch == reading.epoch, "somebody else has begun it")
            await room.stop()
        }

        @Test(
            "what follows a number comes with the message of that number, where it is kept",
            arguments: StoreKind.allCases)
        func knownMessage(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            for _ in 0..<(RoomReading.pageSize + 5) { try await fixture.say() }
            let reading = try await fixture.read(.after(3))
            #expect(reading.messages.map(\.seq) == Array(4..<(4 + RoomReading.pageSize)) && reading.isPartial)
            if kind == .redis { #expect(reading.known?.seq == 3) }
            #expect(try await fixture.read(.after(0)).known == nil)
            await fixture.stop()
        }

        // MARK: Receipts

        @Test("a receipt doesn't outlive its room: with meta lost, what is repeated is kept")
        func receiptAfterLoss() async throws {
            let room = try await Room.make()
            let first = try await room.fixture.say("hello", id: "x")
            try await room.probe.run("DEL", room.prefix + "meta")
            let second = try await room.fixture.say("hello", id: "x")
            let reading = try await room.fixture.read()
            #expect(second.epoch == reading.epoch && second.epoch != first.epoch)
            #expect(reading.messages.map(\.seq) == [second.seq])
            #expect(try await room.fixture.say("hello", id: "x") == second)
            await room.stop()
        }

        @Test("nor an older state of it: what was lost is kept when it is repeated, what is there isn't kept twice")
        func receiptAfterPutBack() async throws {
            let room = try await Room.make()
            let before = try await RoomSnapshot.take(room.fixture.room, room.probe)
            try await room.fixture.say("lost", id: "x")
            let receipt = try await room.probe.run("GET", room.prefix + "sent:ada:x").string ?? ""
            try await room.show()
            try await before.putBack(room.probe)
            // Only the three keys of the room went back.
            try await room.probe.run("SET", room.prefix + "sent:ada:x", receipt)
            #expect(try await room.fixture.say(id: "early2").seq == 2, "it is there")
            let again = try await room.fixture.say("lost", id: "x")
            let reading = try await room.fixture.read()
            #expect(again.seq == 4 && again.epoch == reading.epoch && reading.messages.count == 4)
            await room.stop()
        }

        @Test("a receipt whose number is another message's by now counts for nothing, even in its own epoch")
        func receiptOfAnother() async throws {
            let room = try await Room.make()
            let before = try await RoomSnapshot.take(room.fixture.room, room.probe)
            let lost = try await room.fixture.say("lost", id: "x")
            try await before.putBack(room.probe)
            try await room.fixture.say("another", id: "y", by: "bob")
            try await room.probe.run("SET", room.prefix + "sent:ada:x", "\(lost.epoch):\(lost.seq)")
            #expect(try await room.fixture.say("lost", id: "x").seq == 5)
            await room.stop()
        }

        @Test("after a restart that lost nothing the first receipt counts, kept or trimmed")
        func receiptAfterRestart() async throws {
            let room = try await Room.make()
            let first = try await room.fixture.say("hello", id: "x")
            try await room.probe.run("HSET", room.prefix + "meta", "run", "another")
            #expect(try await room.fixture.say("hello", id: "x") == first)
            try await room.probe.run("ZREMRANGEBYSCORE", room.prefix + "messages", first.seq, first.seq)
            #expect(try await room.fixture.say("hello", id: "x") == first)
            await room.stop()
        }

        // MARK: Members lost

        @Test("a member whose field or session is lost or junk is missing, and put back with both")
        func missing() async throws {
            let room = try await Room.make()
            let (fixture, members) = (room.fixture, room.prefix + "members")
            let ada = try await fixture.join("ada", attempt: "again")
            try await fixture.join("bob")
            func missing() async throws -> [String] {
                let generations = try await fixture.read().roster.map {
                    RoomSeats.Seat(socket: $0.member.socket, generation: $0.generation)
                }
                let seats =
                    generations.contains { $0.socket == "ada" }
                    ? generations : generations + [RoomSeats.Seat(socket: "ada", generation: ada.generation)]
                let rooms = [RoomSeats(room: fixture.room, seats: seats)]
                return (try await fixture.store.missing(rooms, on: fixture.loop))[fixture.room] ?? []
            }
            #expect(try await missing().isEmpty)
            let damages: [[any RedisArgument]] = [
                ["HDEL", members, "ada"], ["HSET", members, "ada", "junk"], ["HSET", members, "ada", "{}"],
            ]
            for damage in damages {
                _ = try await room.probe.command(damage)
                #expect(try await missing() == ["ada"])
                let isThere = try await fixture.store.putBack(
                    ada.member, secret: "secret", generation: ada.generation, to: fixture.room, on: fixture.loop)
                #expect(isThere)
                #expect(try await missing().isEmpty)
            }
            try await room.probe.run("DEL", room.prefix + "session:ada")
            #expect(try await missing().contains("ada"))
            _ = try await fixture.store.putBack(
                ada.member, secret: "secret", generation: ada.generation, to: fixture.room, on: fixture.loop)
            #expect(try await missing().isEmpty)
            let session = try await fixture.store.session(of: "ada", in: fixture.room, on: fixture.loop)
            #expect(session == StoredSession(secret: "secret", member: ada.member))
            await room.stop()
        }

        @Test("heads tell how many fields the roster has, and do without where that may not be asked")
        func heads() async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            try await fixture.join("ada")
            try await fixture.join("bob")
            let heads = try await fixture.store.heads(of: [fixture.room], on: fixture.loop)
            let reading = try await fixture.read()
            var expected = reading.head
            expected.count = 2
            #expect(heads == [fixture.room: expected])
            _ = try await redis.command("ACL", "SETUSER", "default", "-hlen")
            #expect(try await fixture.store.heads(of: [fixture.room], on: fixture.loop) == [fixture.room: reading.head])
            await fixture.stop()
        }

        // MARK: Time

        @Test("an empty room without messages is gone within minutes; one with messages, or members, is not")
        func emptyRooms() async throws {
            let fixture = try await StoreFixture.make(.redis)
            let probe = try RedisProbe(await RedisServer.shared.url)
            let meta = "chat:{\(fixture.room)}:meta"
            try await fixture.join("ada")
            #expect(try await probe.integer("TTL", meta) > 86_000)
            try await probe.run("EXPIRE", meta, 100)
            try await fixture.store.renew(fixture.room, sockets: ["ada"], on: fixture.loop)
            #expect(try await probe.integer("TTL", meta) > 86_000, "as long as somebody is there")
            try await fixture.leave("ada")
            #expect((500...600).contains(try await probe.integer("TTL", meta)))
            try await fixture.join("bob")
            #expect(try await probe.integer("TTL", meta) > 86_000)
            try await fixture.store.sweep(["server"], from: fixture.room, on: fixture.loop)
            #expect((500...600).contains(try await probe.integer("TTL", meta)))
            try await fixture.say()
            #expect(try await probe.integer("TTL", meta) > 2_500_000)
            try await fixture.join("eve")
            try await fixture.leave("eve")
            #expect(try await probe.integer("TTL", meta) > 2_500_000)
            await probe.close()
            await fixture.stop()
        }

        @Test("a room of 70,000 is renewed, some hundred at a time")
        func renewal() async throws {
            let fixture = try await StoreFixture.make(.redis, retention: 10)
            try await fixture.join("ada")
            let sockets = (0..<70_000).map { "nobody\($0)" } + ["ada"]
            let probe = try RedisProbe(await RedisServer.shared.url)
            try await probe.run("EXPIRE", "chat:{\(fixture.room)}:session:ada", 100)
            try await fixture.store.renew(fixture.room, sockets: sockets, on: fixture.loop)
            #expect(try await probe.integer("TTL", "chat:{\(fixture.room)}:session:ada") > 86_000)
            await probe.close()
            await fixture.stop()
        }
    }
}
