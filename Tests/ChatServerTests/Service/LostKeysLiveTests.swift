import RESP
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Two servers, and a Redis that loses some of its keys")
    struct LostKeysLiveTests {
        private let room = StoreFixture.uniqueRoom()

        // MARK: Keys lost alone

        enum Loss: String, CaseIterable { case members, oneMember, junkField, sessions, junkSession, leases }

        @Test(
            "what is lost of the roster alone is put back within seconds, told to everybody", arguments: Loss.allCases)
        func lost(loss: Loss) async throws {
            let redis = try await RedisServer()
            let probe = try RedisProbe(redis.url)
            let pair = try await ServerPair.start(redis.url, room)
            let eve = try await ChatClient.join(pair.two, room, name: "Eve")
            try await pair.say("1")
            let prefix = "chat:{\(room)}:"
            switch loss {
            case .members: try await probe.run("DEL", prefix + "members")
            case .oneMember: try await probe.run("HDEL", prefix + "members", pair.bob.id)
            case .junkField: try await probe.run("HSET", prefix + "members", pair.bob.id, "junk")
            case .sessions:
                for client in [pair.ada, pair.bob, eve] { try await probe.run("DEL", prefix + "session:" + client.id) }
            case .junkSession: try await probe.run("SET", prefix + "session:" + pair.ada.id, "junk")
            case .leases: try await probe.run("DEL", "chat:servers")
            }
            let began = ContinuousClock.now
            let everybody: Set<String> = [pair.ada.id, pair.bob.id, eve.id]
            // Within five seconds on a quiet machine; the bound is wide.
            try await eventually("all are back", within: .seconds(25)) {
                let roster = Set(try await pair.one.read(room).roster.map(\.member.socket))
                let sessions = try await probe.run("KEYS", prefix + "session:*").elements?.count
                let secret = try await probe.run("TYPE", prefix + "session:" + pair.ada.id).string
                return roster == everybody && sessions == 3 && secret == "hash"
            }
            if loss == .leases { try await Task.sleep(for: .seconds(6)) }
            #expect(began.duration(to: .now) < .seconds(25))
            let three = try await TestServer.start(redis: redis.url)
            let newcomer = try await ChatClient.join(three, room, name: "New")
            await pair.bob.send(#"{"topic":"rename","data":{"username":"Robert"}}"#)
            await eve.close()
            let expected: Set<String> = [pair.ada.id, pair.bob.id, newcomer.id]
            for client in [pair.ada, pair.bob, newcomer] {
                try await eventually("\(client.id) is shown all, not \(client.shownMembers)", within: .seconds(25)) {
                    client.shownMembers == expected
                }
                try await client.hears("member_update", within: .seconds(25)) { $0.data["username"].string == "Robert" }
                #expect(!client.missedItself && client.all("reset").isEmpty)
            }
            // With its token it is the same member, on any server.
            await pair.ada.close(.goingAway)
            #expect(try await pair.ada.comesBack(to: three, room).id == pair.ada.id)
            await probe.close()
            await three.stop()
            await pair.stop()
        }

        @Test("somebody who is lost from the roster and leaves, or takes a new name, does so for everybody")
        func lostAndGone() async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            let eve = try await ChatClient.join(pair.two, room, name: "Eve")
            try await pair.ada.hears("member_add") { $0.data["socket"].string == eve.id }
            try await probe.run("DEL", "chat:{\(room)}:members")
            await eve.close()
            await pair.bob.send(#"{"topic":"rename","data":{"username":"Robert"}}"#)
            try await pair.ada.hears("member_delete", within: .seconds(25)) { $0.data.string == eve.id }
            for client in [pair.ada, pair.bob] {
                try await client.heard.wait("the new name", within: .seconds(25)) { events in
                    events.contains { $0.data["username"].string == "Robert" }
                }
                try await eventually("both are there", within: .seconds(25)) {
                    client.shownMembers == [pair.ada.id, pair.bob.id]
                }
            }
            await probe.close()
            await pair.stop()
        }

        @Test("the messages lost alone: who comes back is told of a gap, and so is who comes anew")
        func lostMessages() async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            try await pair.say("1", "2", "3")
            try await probe.run("DEL", "chat:{\(room)}:messages")
            let three = try await TestServer.start(redis: url)
            let new = try await ChatClient.join(three, room)
            #expect(try await new.hears("gap").data["to"].int == 3)
            let back = try await pair.bob.comesBack(to: three, room, after: 1)
            let gap = try await back.hears("gap")
            #expect(gap.data["from"].int == 2 && gap.data["to"].int == 3)
            await pair.ada.say("4", id: "4")
            for client in [pair.ada, new, back] {
                try await client.shows("4")
                #expect(client.all("reset").isEmpty)
            }
            await probe.close()
            await three.stop()
            await pair.stop()
        }

        @Test("meta lost alone is a reset for everybody, and the room goes on")
        func lostMeta() async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            try await pair.say("1", "2", "3")
            try await probe.run("DEL", "chat:{\(room)}:meta")
            for client in [pair.ada, pair.bob] { try await client.hears("reset", within: .seconds(30)) }
            await pair.ada.say("3", id: "3")
            try await pair.ada.hears("ack", 4)
            for client in [pair.ada, pair.bob] {
                try await client.heard.wait("what was lost is shown again", within: .seconds(20)) { events in
                    events.last { $0.topic == "messages" }?.data["seq"].int == 1
                }
            }
            await probe.close()
            await pair.stop()
        }

        // MARK: Other limits

        @Test("a server that takes shorter texts shows the longer ones of another; what doesn't fit here is a gap")
        func otherLimits() async throws {
            let url = try await RedisServer.shared.url
            let large = try await TestServer.start(redis: url) {
                ($0.maximumText, $0.maximumMessage, $0.rate) = (200_000, 1_000_000, 0)
            }
            let small = try await TestServer.start(redis: url) { $0.maximumText = 100 }
            let tiny = try await TestServer.start(redis: url) {
                ($0.maximumText, $0.outboundBudget) = (100, 131_072)
            }
            let ada = try await ChatClient.join(large, room)
            let bob = try await ChatClient.join(small, room)
            let eve = try await ChatClient.join(tiny, room)
            let text = String(repeating: "x", count: 150_000)
            await ada.say("short", id: "1")
            await ada.say(text, id: "2")
            await ada.say("shorter", id: "3")
            try await bob.shows(text)
            try await bob.shows("shorter")
            #expect(bob.shownNumbers == [1, 2, 3] && bob.all("gap").isEmpty)
            let late = try await ChatClient.join(small, room)
            try await late.shows(text)
            try await eve.shows("shorter")
            #expect(try await eve.hears("gap").data["from"].int == 2)
            #expect(eve.shownNumbers == [1, 3] && eve.all("ended").isEmpty)
            await bob.say(String(repeating: "y", count: 101), id: "4")
            #expect(try await bob.hears("error").data["code"].string == "too_large")
            for server in [large, small, tiny] { await server.stop() }
        }
    }
}
