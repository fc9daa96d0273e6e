import RESP
import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms in Redis")
    struct RedisStoreTests {
        @Test("keys are named, and expire, as the protocol says")
        func keysAndExpiry() async throws {
            let fixture = try await StoreFixture.make(.redis)
            let probe = try RedisProbe(await RedisServer.shared.url)
            let prefix = "chat:{\(fixture.room)}:"
            func lifetime(_ key: String) async throws -> Int { try await probe.integer("TTL", prefix + key) }
            let (month, day) = (2_592_000, 86_400)

            _ = try await fixture.read()
            #expect((540...600).contains(try await lifetime("meta")), "a room that was only looked at goes soon")
            try await fixture.join("ada")
            #expect(((day - 60)...day).contains(try await lifetime("meta")))
            #expect(((day - 60)...day).contains(try await lifetime("members")))
            #expect(((day - 60)...day).contains(try await lifetime("session:ada")))
            try await probe.run("EXPIRE", prefix + "members", 100)
            try await probe.run("EXPIRE", prefix + "session:ada", 100)
            try await fixture.store.renew(fixture.room, sockets: ["ada"], on: fixture.loop)
            #expect(((day - 60)...day).contains(try await lifetime("members")))
            #expect(((day - 60)...day).contains(try await lifetime("session:ada")))

            try await probe.run("EXPIRE", prefix + "meta", 100)
            let receipt = try await fixture.say(id: "x")
            #expect(((month - 60)...month).contains(try await lifetime("meta")))
            #expect(((month - 60)...month).contains(try await lifetime("messages")))
            #expect((240...300).contains(try await lifetime("sent:ada:x")))
            #expect(try await probe.run("GET", prefix + "sent:ada:x").string == "\(receipt.epoch):1")
            #expect(try await probe.run("HGET", prefix + "session:ada", "secret").string == "secret")
            let fields = try await probe.run("HKEYS", prefix + "meta").elements?.compactMap(\.string)
            #expect(fields.map(Set.init) == ["run", "epoch", "prev", "base", "older", "seq", "rev", "format"])
            await probe.close()
            await fixture.stop()
        }

        @Test("a time of opening that is damaged, unknown here, or ahead of Redis' clock shuts nobody out")
        func strangeOpenings() async throws {
            let fixture = try await StoreFixture.make(.redis)
            let probe = try RedisProbe(await RedisServer.shared.url)
            let key = "chat:{\(fixture.room)}:session:ada"
            let long = ContinuousClock.now - .seconds(60)
            try await fixture.join("ada", attempt: "before the time is known", opened: long)
            #expect(try await probe.run("HGET", key, "opened").string == "")
            try await fixture.learnsTime()
            let ahead = WallClock.milliseconds() + 3_600_000
            for opened in ["", "soon", "-1", "\(ahead)", "9999999999999999999"] {
                try await probe.run("HSET", key, "opened", opened)
                try await fixture.join("ada", attempt: "after \(opened)", opened: long)
                let kept = try await probe.integer("HGET", key, "opened")
                #expect(abs(WallClock.milliseconds() - 60_000 - Int64(kept)) < 20_000)
            }
            #expect(try await fixture.attach("ada", attempt: "older", opened: long - .seconds(1)) == nil)
            await probe.close()
            await fixture.stop()
        }

        @Test(
            "after Redis' clock was put forward or back, the order in which connections were opened is still told",
            arguments: [-39_000, 39_000] as [Int64])
        func steppedClock(step: Int64) async throws {
            let fixture = try await StoreFixture.make(.redis)
            try await fixture.learnsTime()
            let store = try #require(fixture.store as? RedisChatStore)
            /// What was read of Redis' clock before it was put to what it says now.
            func believeAnotherTime() {
                let now = ContinuousClock.now
                store.clock.withLock { $0.observe(WallClock.milliseconds() + step, asked: now, answered: now) }
            }
            try await fixture.join("ada", attempt: "first", opened: .now - .seconds(10))
            believeAnotherTime()
            try await fixture.join("ada", attempt: "newer", opened: .now - .seconds(5))
            believeAnotherTime()
            #expect(try await fixture.attach("ada", attempt: "left behind", opened: .now - .seconds(7)) == nil)
            try await fixture.join("ada", attempt: "newest", opened: .now)
            await fixture.stop()
        }

        @Test("after SCRIPT FLUSH everything goes on, in order")
        func scriptFlush() async throws {
            let server = try await RedisServer()
            let fixture = try await StoreFixture.redis(server.url)
            try await fixture.open()
            for _ in 1...5 { try await fixture.say() }
            #expect(try await server.command("SCRIPT", "FLUSH") == ["OK"])
            let seqs = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await fixture.say().seq } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(seqs.sorted() == Array(6...55))
            try await fixture.hears((1...55).map { "message \($0)" })
            await fixture.stop()
        }

        @Test("two servers that append at once have one order, and each hears all of it")
        func twoServers() async throws {
            let url = try await RedisServer.shared.url
            let one = try await StoreFixture.redis(url, server: "one")
            let two = try await StoreFixture.redis(url, server: "two", room: one.room)
            try await one.open()
            try await two.open()
            let seqs = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<200 { group.addTask { try await (index % 2 == 0 ? one : two).say("\(index)").seq } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(seqs.sorted() == Array(1...200))
            for fixture in [one, two] { try await fixture.hears((1...200).map { "message \($0)" }) }
            #expect(one.feed.events == two.feed.events)
            await one.stop()
            await two.stop()
        }

        @Test("a member whom another server holds is not taken out by the first; it may move and counts up")
        func anotherServer() async throws {
            let url = try await RedisServer.shared.url
            let one = try await StoreFixture.redis(url, server: "one")
            let two = try await StoreFixture.redis(url, server: "two", room: one.room)
            let first = try await one.join("ada")
            let second = try await two.join("ada", attempt: "second")
            #expect(second.generation > first.generation && second.rev == 2)
            try await one.leave("ada")
            try await one.leave("ada", offset: second.generation - first.generation)
            try await one.rename(first.member, to: "Other", offset: second.generation - first.generation)
            let roster = try await one.read().roster
            #expect(roster.map(\.server) == ["two"] && roster.map(\.member.username) == ["ada"])
            try await two.leave("ada")
            #expect(try await one.read().roster.isEmpty)
            await one.stop()
            await two.stop()
        }

        @Test("rooms of one name in two databases of one Redis know nothing of each other")
        func databases() async throws {
            let url = try await RedisServer.shared.url
            let one = try await StoreFixture.redis(url)
            let two = try await StoreFixture.redis(url + "/3", room: one.room)
            try await one.open()
            try await two.open()
            try await one.say("in 0")
            try await two.join("bob")
            try await one.hears(["message 1"])
            try await two.hears(["add bob"])
            #expect(try await two.read().seq == 0)
            #expect(try await one.read().roster.isEmpty)
            let probe = try RedisProbe(url)
            #expect(try await probe.integer("PUBLISH", "chat@3:{\(one.room)}", "junk") == 1)
            #expect(try await probe.integer("PUBLISH", "chat@0:{\(one.room)}", "junk") == 1)
            await probe.close()
            await one.stop()
            await two.stop()
        }

        @Test("the list of what is published is only of channels that are rooms")
        func channels() {
            #expect(RoomKeys.room(ofChannel: "chat@0:{lobby}", database: 0) == .lobby)
            for name in [
                "chat@1:{lobby}", "chat@0:{}", "chat@0:{a b}", "chat@0:lobby", "x", "", "chat@0:{lobby}x", "chat@0:{",
            ] {
                #expect(RoomKeys.room(ofChannel: name, database: 0) == nil, "\(name)")
            }
        }

        @Test("of INFO the run id and the version are read; what is too old is known")
        func serverInfo() async throws {
            let url = try await RedisServer.shared.url
            let fixture = try await StoreFixture.redis(url)
            let store = try #require(fixture.store as? RedisChatStore)
            let info = try await store.describeServer(within: .seconds(5))
            #expect(info.runID.count == 40 && !info.isTooOld)
            #expect(store.summary.contains("Redis at 127.0.0.1:"))
            await fixture.stop()
        }
    }
}
