import TestSupport
import Testing

@testable import RESP

struct TypedCommandTests {
    private func withShared(_ body: (RedisClient, String) async throws -> Void) async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName("key")
            try await body(client, key)
            try await client.delete(key)
        }
    }

    @Test("PING, SET, GET, DEL")
    func strings() async throws {
        try await withShared { client, key async throws in
            try await client.ping()
            #expect(try await client.get(key) == nil)
            try await client.set(key, to: "text")
            #expect(try await client.get(key) == Array("text".utf8))
            try await client.set(key, to: 42)
            #expect(try await client.get(key) == Array("42".utf8))
            try await client.set(key, to: 1.5)
            #expect(try await client.get(key) == Array("1.5".utf8))
            #expect(try await client.delete(key, key + " none") == 1)
            #expect(try await client.delete(key) == 0)
        }
    }

    @Test("values of any bytes come back as they were, the empty one too")
    func binary() async throws {
        try await withShared { client, key async throws in
            for value in [[], Array(0...255), Array("\r\n$5\r\n".utf8), [UInt8](repeating: 0, count: 300_000)] {
                try await client.set(key, to: value)
                #expect(try await client.get(key) == value)
            }
            try await client.set(key, to: Array(0...9)[3...5] as ArraySlice<UInt8>)
            #expect(try await client.get(key) == [3, 4, 5])
        }
    }

    @Test("expiry: to the millisecond with SET, in whole seconds with EXPIRE, never rounded down to nothing")
    func expiry() async throws {
        try await withShared { client, key async throws in
            try await client.set(key, to: "x", expiry: .milliseconds(90_500))
            let left = try await client.send(RedisCommand("PTTL", key)).int64 ?? 0
            #expect(left > 60_000 && left <= 90_500)
            let half = key + " half"
            try await client.set(half, to: "x")
            // The key was there: half a second is a whole one, not none.
            #expect(try await client.expire(half, after: .milliseconds(500)))
            #expect(try await client.expire(key, after: .milliseconds(60_500)))
            #expect(try await client.send(RedisCommand("TTL", key)).int64 ?? 0 > 30)
            #expect(try await client.expire(key, after: .seconds(100)))
            #expect(try await client.send(RedisCommand("TTL", key)).int64 ?? 0 > 90)
            #expect(try await !client.expire(key + " none", after: .seconds(1)))
        }
    }

    @Test("HSET, HGET, HGETALL, HDEL, HINCRBY")
    func hashes() async throws {
        try await withShared { client, key async throws in
            #expect(try await client.hashGetAll(key) == [:])
            #expect(try await client.hashSet(key, field: "a", to: "1"))
            #expect(try await !client.hashSet(key, field: "a", to: "2"))
            #expect(try await client.hashSet(key, field: "b", to: [0, 255] as [UInt8]))
            #expect(try await client.hashGet(key, field: "a") == Array("2".utf8))
            #expect(try await client.hashGet(key, field: "none") == nil)
            #expect(try await client.hashGetAll(key) == ["a": Array("2".utf8), "b": [0, 255]])
            #expect(try await client.hashIncrement(key, field: "n") == 1)
            #expect(try await client.hashIncrement(key, field: "n", by: -5) == -4)
            #expect(try await client.hashDelete(key, fields: "a", "none") == 1)
        }
    }

    @Test("ZADD, ZRANGE by rank and by score, ZREM, ZCARD")
    func sortedSets() async throws {
        try await withShared { client, key async throws in
            #expect(try await client.sortedSetCount(key) == 0)
            #expect(try await client.sortedSetRange(key, ranks: 0...10).isEmpty)
            for score in 1...5 {
                #expect(try await client.sortedSetAdd(key, score: Double(score), member: "m\(score)"))
            }
            #expect(try await !client.sortedSetAdd(key, score: 1.5, member: "m1"))
            #expect(try await client.sortedSetCount(key) == 5)
            func text(_ members: [[UInt8]]) -> [String] { members.map { String(decoding: $0, as: UTF8.self) } }
            #expect(text(try await client.sortedSetRange(key, ranks: 0...1)) == ["m1", "m2"])
            #expect(text(try await client.sortedSetRange(key, from: -2, through: -1)) == ["m4", "m5"])
            #expect(text(try await client.sortedSetRange(key, ranks: 0...1, reversed: true)) == ["m5", "m4"])
            #expect(text(try await client.sortedSetRange(key, scores: 1.5...3)) == ["m1", "m2", "m3"])
            #expect(text(try await client.sortedSetRange(key, scores: 2...(.infinity), limit: 2)) == ["m2", "m3"])
            #expect(text(try await client.sortedSetRange(key, scores: -.infinity...1.5)) == ["m1"])
            #expect(try await client.sortedSetRemove(key, members: "m1", "none") == 1)
        }
    }

    @Test("any command goes as raw arguments; its error reply is thrown, with its code")
    func raw() async throws {
        try await withShared { client, key async throws in
            #expect(try await client.send(RedisCommand("RPUSH", key, "a", 1, 2.5)).int64 == 3)
            #expect(
                try await client.send(RedisCommand("LRANGE", key, 0, -1)).elements?.compactMap(\.string)
                    == ["a", "1", "2.5"])
            let wrongType = await #expect(throws: RedisError.self) { try await client.get(key) }
            #expect(wrongType?.replyCode == "WRONGTYPE")
            let unknown = await #expect(throws: RedisError.self) {
                try await client.send(RedisCommand("NOSUCH")).checked()
            }
            #expect(unknown?.replyCode == "ERR")
            let reply = try await client.send(RedisCommand("LRANGE", key, 0, -1))
            #expect(throws: RedisError.self) { try reply.asInteger() }
        }
    }

    @Test("PUBLISH says how many listened, EVALSHA and SCRIPT LOAD work by hand")
    func scriptsAndPublish() async throws {
        try await withShared { client, key async throws in
            #expect(try await client.publish("to nobody", to: key) == 0)
            let digest = try await client.loadScript(RedisScript("return {KEYS[1], ARGV[1]}"))
            #expect(digest.count == 40)
            let reply = try await client.evaluate(digest: digest, keys: [key], arguments: [7])
            #expect(reply.elements?.compactMap(\.string) == [key, "7"])
            let missing = await #expect(throws: RedisError.self) {
                try await client.evaluate(digest: String(repeating: "0", count: 40))
            }
            #expect(missing?.replyCode == "NOSCRIPT")
        }
    }
}
