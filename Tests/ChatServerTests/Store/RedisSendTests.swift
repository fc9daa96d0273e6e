import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms in Redis: messages kept by the quick script")
    struct RedisSendTests {
        private struct Room {
            let fixture: StoreFixture
            let probe: RedisProbe
            let prefix: String

            /// A room with three messages, which this server shows: from now on messages may be kept quickly.
            static func make(retention: Int = 1_000) async throws -> Room {
                let fixture = try await StoreFixture.make(.redis, retention: retention)
                try await fixture.join("ada")
                for _ in 0..<3 { try await fixture.say() }
                let room = Room(
                    fixture: fixture, probe: try RedisProbe(await RedisServer.shared.url),
                    prefix: "chat:{\(fixture.room)}:")
                try await room.show()
                // The first one is thorough.
                try await fixture.say()
                return room
            }

            func show() async throws { fixture.store.remember(try await fixture.read().head, of: fixture.room) }

            func stop() async {
                await probe.close()
                await fixture.stop()
            }
        }

        @Test("they are published and kept as by the thorough one, and a repeated one gets its first receipt")
        func same() async throws {
            let room = try await Room.make()
            try await room.fixture.open()
            for index in 5...40 {
                let receipt = try await room.fixture.say("text \(index)", id: "m\(index)")
                #expect(receipt.seq == index)
                #expect(try await room.fixture.say("text \(index)", id: "m\(index)") == receipt)
            }
            try await room.fixture.hears((5...40).map { "message \($0)" })
            let reading = try await room.fixture.read()
            #expect(reading.messages.map(\.seq) == Array(1...40) && reading.seq == 40)
            let now = WallClock.milliseconds()
            for message in reading.messages {
                let json = String(decoding: message.json, as: UTF8.self)
                let date = try #require(json.firstMatch(of: /"date":(\d+),/).flatMap { Int64($0.1) })
                #expect(abs(date - now) < 60_000)
            }
            await room.stop()
        }

        @Test("seven calls inside Redis keep a message")
        func calls() async throws {
            let redis = try await RedisServer()
            let probe = try RedisProbe(redis.url)
            let fixture = try await StoreFixture.redis(redis.url)
            for _ in 0..<2 {
                try await fixture.say()
                fixture.store.remember(try await fixture.read().head, of: fixture.room)
            }
            try await probe.run("CONFIG", "RESETSTAT")
            for _ in 0..<10 { try await fixture.say() }
            let stats = try #require(try await probe.run("INFO", "commandstats").string)
            var calls: [String: Int] = [:]
            for match in stats.matches(of: /cmdstat_(\w+):calls=(\d+)/) { calls["\(match.1)"] = Int(match.2) }
            let inside = ["hmget", "exists", "set", "time", "zadd", "hincrby", "publish"]
            for command in inside { #expect(calls[command] ?? 0 >= 10, "\(command): \(calls)") }
            for command in ["type", "expire", "zremrangebyscore", "get", "hset", "del"] {
                // The trials of Redis, which run beside, make some of these.
                #expect(calls[command] ?? 0 < 10, "\(command): \(calls)")
            }
            await probe.close()
            await fixture.stop()
        }

        enum Damage: String, CaseIterable {
            case meta, seq, rev, epoch, run, lowerSeq, lowerRev, messages, noMessages, receipt, junkReceipt
        }

        @Test("where anything isn't as it should be the thorough one does it", arguments: Damage.allCases)
        func damaged(damage: Damage) async throws {
            let room = try await Room.make()
            let before = try await room.fixture.read()
            let meta = room.prefix + "meta"
            switch damage {
            case .meta: try await room.probe.run("SET", meta, "junk")
            case .seq: try await room.probe.run("HSET", meta, "seq", "x")
            case .rev: try await room.probe.run("HSET", meta, "rev", "1e3")
            case .epoch: try await room.probe.run("HSET", meta, "epoch", "\"")
            case .run: try await room.probe.run("HSET", meta, "run", "another")
            case .lowerSeq: try await room.probe.run("HSET", meta, "seq", "1")
            case .lowerRev: try await room.probe.run("HSET", meta, "rev", "0")
            case .messages: try await room.probe.run("SET", room.prefix + "messages", "junk")
            case .noMessages: try await room.probe.run("DEL", room.prefix + "messages")
            case .receipt: try await room.probe.run("SET", room.prefix + "sent:ada:x", "none:9")
            case .junkReceipt: try await room.probe.run("RPUSH", room.prefix + "sent:ada:x", "junk")
            }
            let receipt = try await room.fixture.say("after", id: "x")
            let goesOn = [.run, .noMessages, .receipt, .junkReceipt].contains(damage)
            let reading = try await room.fixture.read()
            #expect(reading.seq == receipt.seq && reading.messages.last?.seq == receipt.seq)
            #expect(reading.epoch == receipt.epoch)
            #expect((reading.epoch == before.epoch) == goesOn || damage == .run)
            #expect((reading.previousEpoch == before.epoch) == (damage == .run))
            #expect(try await room.probe.integer("TTL", room.prefix + "messages") > 2_591_000)
            #expect(try await room.probe.integer("TTL", meta) > 2_591_000)
            #expect(try await room.fixture.say("after", id: "x") == receipt)
            await room.stop()
        }

        @Test("messages beyond the limit are trimmed at once")
        func trimmed() async throws {
            let room = try await Room.make(retention: 10)
            for _ in 0..<100 {
                try await room.fixture.say()
                #expect(try await room.probe.integer("ZCARD", room.prefix + "messages") <= 10)
            }
            #expect(try await room.fixture.read(.newest(10)).messages.count == 10)
            await room.stop()
        }
    }
}
