import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms in Redis: what others do to their keys")
    struct RedisDamageTests {
        private struct Damaged {
            let fixture: StoreFixture
            let probe: RedisProbe
            let prefix: String
            let epoch: String

            /// A room with Ada in it, and so many messages.
            static func make(messages: Int = 3) async throws -> Damaged {
                let fixture = try await StoreFixture.make(.redis)
                try await fixture.join("ada")
                for _ in 0..<messages { try await fixture.say() }
                return Damaged(
                    fixture: fixture, probe: try RedisProbe(await RedisServer.shared.url),
                    prefix: "chat:{\(fixture.room)}:", epoch: try await fixture.read().epoch)
            }

            func stop() async {
                await probe.close()
                await fixture.stop()
            }
        }

        @Test(
            "a key of the wrong type is mended by whoever meets it, reader or writer",
            arguments: ["messages", "meta", "members"], [true, false])
        func wrongType(key: String, isRead: Bool) async throws {
            let room = try await Damaged.make()
            try await room.probe.run("DEL", room.prefix + key)
            try await room.probe.run("SET", room.prefix + key, "junk")
            if isRead {
                _ = try await room.fixture.read()
            } else {
                _ = try await room.fixture.say()
            }
            let reading = try await room.fixture.read()
            #expect(reading.epoch != room.epoch, "the epoch changes")
            if key == "members" {
                #expect(reading.previousEpoch == room.epoch && reading.base == 3, "no message is lost with the roster")
                #expect(reading.messages.count == (isRead ? 3 : 4) && reading.roster.isEmpty)
            } else {
                #expect(reading.previousEpoch == nil, "what was shown may be gone: a reset")
                #expect(reading.messages.count == (isRead ? 0 : 1))
                #expect(reading.roster.count == 1)
            }
            let seq = try await room.fixture.say().seq
            #expect(seq == reading.seq + 1)
            #expect(try await room.fixture.join("bob").epoch == reading.epoch)
            #expect(try await room.fixture.read().roster.contains { $0.member.socket == "bob" })
            await room.stop()
        }

        @Test("a session or a sent key of the wrong type harms nobody")
        func wrongTypeOfOthers() async throws {
            let room = try await Damaged.make()
            for key in ["session:bob", "sent:bob:x"] { try await room.probe.run("RPUSH", room.prefix + key, "junk") }
            try await room.fixture.join("bob")
            #expect(try await room.fixture.say(id: "x", by: "bob").seq == 4)
            #expect(try await room.fixture.say(id: "x", by: "bob").seq == 4)
            await room.stop()
        }

        @Test(
            "a seq or rev that is no number is mended, and the messages of nobody knows when go",
            arguments: ["seq", "rev"], ["", "x", "-1", "1.5", "1e9", "9999999999999999", " 3"])
        func notNumbers(field: String, value: String) async throws {
            let room = try await Damaged.make()
            try await room.probe.run("HSET", room.prefix + "meta", field, value)
            let receipt = try await room.fixture.say()
            #expect(receipt.epoch != room.epoch)
            let reading = try await room.fixture.read()
            #expect(reading.seq == receipt.seq && reading.messages.map(\.seq) == [receipt.seq])
            #expect(try await room.fixture.join("bob").rev == reading.rev + 1)
            await room.stop()
        }

        @Test("the same for a reader")
        func notNumbersRead() async throws {
            let room = try await Damaged.make()
            for value in ["x", "-1", "99999999999999999999"] {
                try await room.probe.run("HSET", room.prefix + "meta", "seq", value)
                let reading = try await room.fixture.read()
                #expect(reading.epoch != room.epoch && reading.seq >= 0)
                #expect(try await room.fixture.say().seq == reading.seq + 1)
            }
            await room.stop()
        }

        @Test("missing meta takes the messages with it: their numbers mean nothing any more")
        func missingMeta() async throws {
            let room = try await Damaged.make()
            try await room.probe.run("DEL", room.prefix + "meta")
            #expect(try await room.fixture.page(before: nil, limit: 5).messages.count <= 3)
            let reading = try await room.fixture.read()
            #expect(reading.epoch != room.epoch && reading.seq == 0 && reading.messages.isEmpty)
            #expect(try await room.probe.integer("EXISTS", room.prefix + "messages") == 0)
            #expect(try await room.fixture.say().seq == 1)
            await room.stop()
        }

        @Test(
            "any single field of meta may be missing or empty",
            arguments: ["run", "epoch", "prev", "base", "older", "seq", "rev"])
        func missingField(field: String) async throws {
            let room = try await Damaged.make()
            try await room.probe.run("HDEL", room.prefix + "meta", field)
            let reading = try await room.fixture.read()
            #expect(try await room.fixture.say().seq == reading.seq + 1)
            try await room.probe.run("HSET", room.prefix + "meta", field, "")
            let again = try await room.fixture.read()
            #expect(try await room.fixture.say().epoch == again.epoch)
            await room.stop()
        }

        @Test(
            "an epoch that would break the JSON of every payload is mended",
            arguments: ["\"", "a b", "\\", String(repeating: "e", count: 65)])
        func badEpoch(epoch: String) async throws {
            let room = try await Damaged.make()
            try await room.fixture.open()
            try await room.probe.run("HSET", room.prefix + "meta", "epoch", epoch)
            try await room.fixture.say()
            try await room.fixture.hears(["message 4"])
            #expect(try await room.fixture.read().epoch != epoch)
            await room.stop()
        }

        @Test("junk with a high score hides no history, even as a copy of a message, and goes with the next one")
        func highScores() async throws {
            let room = try await Damaged.make(messages: 60)
            let last = try #require(try await room.fixture.read(.newest(1)).messages.first?.json)
            for index in 0..<60 {
                try await room.probe.run("ZADD", room.prefix + "messages", "1e\(index + 5)", "junk \(index)")
            }
            #expect(try await room.fixture.read(.newest(50)).messages.map(\.seq) == Array(11...60))
            #expect(try await room.fixture.page(before: nil, limit: 50).messages.map(\.seq) == Array(11...60))
            for index in 0..<60 {
                let copy = String(decoding: last, as: UTF8.self).replacing("hello", with: "copy \(index)")
                try await room.probe.run("ZADD", room.prefix + "messages", 1_000 + index, copy)
            }
            #expect(try await room.fixture.read(.newest(50)).messages.map(\.seq) == Array(11...60))
            try await room.fixture.say()
            #expect(try await room.fixture.read(.newest(50)).messages.map(\.seq) == Array(12...61))
            #expect(try await room.probe.integer("ZCARD", room.prefix + "messages") == 61)
            await room.stop()
        }

        @Test("junk between the messages hides none of them")
        func junkBetween() async throws {
            let room = try await Damaged.make(messages: 10)
            for index in 0..<600 {
                try await room.probe.run("ZADD", room.prefix + "messages", "3.\(1_000 + index)", "junk \(index)")
            }
            #expect(try await room.fixture.read(.newest(50)).messages.map(\.seq) == Array(1...10))
            #expect(try await room.fixture.read(.newest(8)).messages.map(\.seq) == Array(3...10))
            #expect(try await room.fixture.read(.after(2)).messages.map(\.seq) == Array(3...10))
            #expect(try await room.fixture.read(.after(2)).isPartial == false)
            let page = try await room.fixture.page(before: 6, limit: 4)
            #expect(page.messages.map(\.seq) == Array(2...5) && !page.isComplete)
            let rest = try await room.fixture.page(before: 4, limit: 4)
            #expect(rest.messages.map(\.seq) == Array(1...3) && rest.isComplete)
            await room.stop()
        }

        static let values: [String] = [
            "", "junk", "{}", "[]", "null", "\"", "{\"socket\":\"eve\"}", String(repeating: "x", count: 100_000),
            "\u{0}",
            #"{"socket":"eve","username":" ","avatar":"/avatars/eve.svg","joined":1}"#,
            #"{"socket":"eve","username":"Eve","avatar":"https://evil.example/","joined":1}"#,
            #"{"socket":5,"username":"Eve","avatar":"/avatars/eve.svg","joined":1}"#,
            #"{"seq":2,"id":"i","date":1,"socket":"s","username":"Eve","avatar":"x","message":"forged"}"#,
            String(repeating: "[", count: 50_000),
        ]

        @Test("junk among members, messages and meta is left out, and everybody joins", arguments: values)
        func junkValues(value: String) async throws {
            let room = try await Damaged.make()
            try await room.probe.run("HSET", room.prefix + "members", "eve", value)
            try await room.probe.run("HSET", room.prefix + "members", value, value)
            try await room.probe.run("HSET", room.prefix + "members", [UInt8]([0xFF, 0xFE]), [UInt8]([0xFF]))
            try await room.probe.run("ZADD", room.prefix + "messages", 2, value)
            try await room.probe.run("ZADD", room.prefix + "messages", 2, [UInt8]([0xFF, 0x00]))
            try await room.probe.run("HSET", room.prefix + "meta", value, value)
            let reading = try await room.fixture.read()
            #expect(reading.roster.map(\.member.socket) == ["ada"])
            #expect(reading.messages.map(\.seq) == [1, 2, 3])
            try await room.fixture.join("bob")
            #expect(try await room.fixture.say(by: "bob").seq == 4)
            #expect(try await room.fixture.read().roster.count == 2)
            // Whoever has the name of a junk field takes it over.
            #expect(try await room.fixture.join("eve", name: "Eve").member.username == "Eve")
            #expect(try await room.fixture.read().roster.count == 3)
            await room.stop()
        }
    }
}
