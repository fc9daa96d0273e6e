import RESP
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Servers of two versions share a Redis")
    struct LaterVersionTests {
        private let room = StoreFixture.uniqueRoom()

        @Test("what a later version adds reaches everybody, and costs no gap, reset or reading")
        func additions() async throws {
            let url = try await RedisServer.shared.url
            let one = try await TestServer.start(redis: url) { $0.rate = 0 }
            let later = try await TestServer.start(redis: url) { ($0.rate, $0.imitatesLaterVersion) = (0, true) }
            let ada = try await ChatClient.join(one, room, name: "Ada")
            let bob = try await ChatClient.join(later, room, name: "Bob")
            for index in 0..<60 {
                await bob.say("bob \(index)", id: "b\(index)")
                await ada.say("ada \(index)", id: "a\(index)")
                try await bob.hears("ack", index + 1)
                try await ada.hears("ack", index + 1)
            }
            try await eventually("events that nobody knows were counted") {
                one.service.roomMeter.current.unknownEvents > 0 && later.service.roomMeter.current.unknownEvents > 0
            }
            for client in [ada, bob] {
                try await client.hears("messages", 120)
                #expect(client.shownNumbers == Array(1...120))
                for event in client.all("messages") {
                    let isBobs = event.data["socket"].string == bob.id
                    #expect((event.data["later"]["list"].array.count == 3) == isBobs)
                }
                #expect(
                    Set(client.heard.events.map(\.topic)).isDisjoint(with: ["gap", "reset", "later_kind", "ended"]))
            }
            #expect(one.service.roomMeter.current.junk == 0 && later.service.roomMeter.current.junk == 0)
            #expect(
                try await ada.hears("member_add") { $0.data["socket"].string == bob.id }.json["data"]["later"].bool
                    == true)

            // A new name, another connection on the older version, and one after having been gone.
            await bob.send(#"{"topic":"rename","data":{"username":"Robert"}}"#)
            let renamed = try await ada.hears("member_update") { $0.data["username"].string == "Robert" }
            #expect(renamed.data["later"].bool == true)
            let moved = try await bob.comesBack(to: one, room)
            #expect(moved.id == bob.id)
            let roster = try await moved.hears("member_history")
            #expect(roster.data[bob.id]["later"].bool == true && roster.data[ada.id]["later"].bool != true)
            await moved.send(#"{"topic":"rename","data":{"username":"Bobby"}}"#)
            let again = try await ada.hears("member_update") { $0.data["username"].string == "Bobby" }
            #expect(again.data["later"].bool == true)
            let stored = try await one.read(room).roster.first { $0.member.socket == bob.id }
            #expect(stored?.member.further == Array(#","later":true"#.utf8))
            let eve = try await ChatClient.join(one, room, name: "Eve")
            let history = try await eve.hears("message_history").data.array
            #expect(history.count == 50 && history.contains { $0["later"]["list"].array.count == 3 })
            await one.stop()
            await later.stop()
        }

        @Test("a room of a later format is refused with the reason, and not touched")
        func format() async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url)
            let probe = try RedisProbe(url)
            let ada = try await ChatClient.join(server, room)
            await ada.say("one", id: "1")
            try await ada.hears("ack")
            let prefix = "chat:{\(room)}:"
            #expect(try await probe.run("HGET", prefix + "meta", "format").string == "1")
            try await probe.run("HSET", prefix + "meta", "format", "2")
            func state() async throws -> [String] {
                var state: [String] = []
                for (command, key) in [("HGETALL", "meta"), ("HGETALL", "members")] {
                    state += try await probe.run(command, prefix + key).elements?.compactMap(\.string) ?? []
                }
                return state
                    + (try await probe.run("ZRANGE", prefix + "messages", 0, -1).elements?.compactMap(\.string) ?? [])
            }
            let before = try await state()
            await ada.say("two", id: "2")
            try await ada.hears("error") { $0.data["id"].string == "2" }
            #expect(try await ada.end() == 1_013)
            let eve = try await ChatClient.connect(server, room)
            #expect(try await eve.end(within: .seconds(8)) == 1_013)
            #expect(try await state() == before)
            // An earlier format, or none, is this one.
            try await probe.run("HDEL", prefix + "meta", "format")
            let bob = try await ChatClient.join(server, room)
            #expect(try await bob.hears("message_history").data.array.count == 1)
            await probe.close()
            await server.stop()
        }
    }
}
