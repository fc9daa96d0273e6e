import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("A Redis that can't do what a join needs is no healthy store, and the reason is named")
    struct RedisHealthTests {
        /// What SECURITY.md lists.
        private static let documented = [
            "+ping", "+select", "+info", "+script|load", "+evalsha", "+multi", "+exec", "+publish", "+subscribe",
            "+unsubscribe", "+time", "+type", "+exists", "+del", "+expire", "+get", "+set", "+hget", "+hmget",
            "+hgetall", "+hset", "+hdel", "+hincrby", "+zadd", "+zrange", "+zremrangebyscore",
        ]

        private func expectProblem(_ words: String, of store: any ChatStore) async throws {
            try await eventually("the problem is named: \(words)") { store.problem?.contains(words) == true }
        }

        private func expectHealth(of store: any ChatStore) async throws {
            try await eventually("it can be joined") { store.problem == nil }
        }

        @Test(
            "full, or a replica: known while nobody asks for anything, and over when it is",
            arguments: [
                ("OOM", ["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
                ("READONLY", ["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
                (
                    "NOREPLICAS", ["CONFIG", "SET", "min-replicas-to-write", "1"],
                    ["CONFIG", "SET", "min-replicas-to-write", "0"]
                ),
            ])
        func refusing(words: String, bad: [String], good: [String]) async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            try await expectHealth(of: fixture.store)
            try await redis.command(bad)
            try await expectProblem(words, of: fixture.store)
            try await redis.command(good)
            try await expectHealth(of: fixture.store)
            await fixture.stop()
        }

        @Test("each command that the documented user lacks is named; with all of them it serves")
        func lackingACommand() async throws {
            let redis = try await RedisServer()
            let user = ["ACL", "SETUSER", "chat", "reset", "on", ">secret", "~chat:*", "&chat@0:*", "-@all"]
            try await redis.command(user + Self.documented)
            let url = "redis://chat:secret@127.0.0.1:\(redis.port)"
            let fixture = try await StoreFixture.redis(url)
            try await expectHealth(of: fixture.store)
            for command in ["publish", "time", "hset", "zadd", "evalsha", "zrange", "multi"] {
                try await redis.command(["ACL", "SETUSER", "chat", "-\(command)"])
                try await expectProblem(command, of: fixture.store)
                try await redis.command(["ACL", "SETUSER", "chat", "+\(command)"])
                try await expectHealth(of: fixture.store)
            }
            await fixture.stop()
        }

        @Test(
            "a user without INFO, scripts or the channels can't be joined with from the start",
            arguments: [
                ("info", "-info"), ("script", "-script|load"), ("arrive", "-subscribe"), ("channel", "resetchannels"),
            ])
        func lackingFromTheStart(words: String, rule: String) async throws {
            let redis = try await RedisServer()
            let user = ["ACL", "SETUSER", "chat", "reset", "on", ">secret", "~chat:*", "&chat@0:*", "-@all"]
            try await redis.command(user + Self.documented + [rule])
            let fixture = try await StoreFixture.redis("redis://chat:secret@127.0.0.1:\(redis.port)")
            try await eventually("a problem is named") {
                let problem = fixture.store.problem ?? ""
                return problem.contains(words) || problem.contains("listens to Redis is down")
            }
            #expect(!fixture.store.isAvailable)
            await fixture.stop()
        }

        @Test("a cluster whose slots are elsewhere")
        func slotsElsewhere() async throws {
            let redis = try await RedisServer(["--cluster-enabled", "yes"])
            let fixture = try await StoreFixture.redis(redis.url)
            try await expectProblem("CLUSTERDOWN", of: fixture.store)
            await fixture.stop()
        }

        @Test("what goes to Redis vanishes, while what others publish still arrives")
        func deafRedis() async throws {
            let redis = try await RedisServer()
            let proxy = try await FaultProxy(to: redis.port)
            let fixture = try await StoreFixture.redis(proxy.url)
            let other = try await StoreFixture.redis(redis.url, room: fixture.room)
            try await fixture.open()
            try await expectHealth(of: fixture.store)
            await proxy.set(.swallowTowardsServer)
            let start = ContinuousClock.now
            try await eventually("it is known while others' messages arrive") {
                try await other.say()
                return fixture.store.problem != nil
            }
            #expect(.now - start < .seconds(10))
            await proxy.set(.pass)
            await proxy.cut()
            try await expectHealth(of: fixture.store)
            await fixture.stop()
            await other.stop()
        }

        @Test("trials leave nothing behind")
        func noTraces() async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            try await expectHealth(of: fixture.store)
            let keys = try await redis.command(["KEYS", "chat:{!*"])
            #expect(keys.allSatisfy { !$0.contains("trial") })
            await fixture.stop()
        }
    }
}
