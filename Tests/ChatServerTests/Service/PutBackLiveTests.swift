import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Two servers, and a Redis whose data are put back while it runs")
    struct PutBackLiveTests {
        private let room = StoreFixture.uniqueRoom()

        enum Action: String, CaseIterable { case nothing, send, join, leave, rename }

        /// What was changed after the copy was taken is lost; somebody does something; then everybody is told, and the room
        /// goes on.
        private func goesOn(_ pair: ServerPair, after action: Action, by eve: ChatClient) async throws {
            var newcomer: ChatClient?
            switch action {
            case .nothing: break
            case .send: await pair.bob.say("by bob", id: "bobs")
            case .join: newcomer = try await ChatClient.join(pair.two, room, name: "New")
            case .leave: await eve.close()
            case .rename: await pair.bob.send(#"{"topic":"rename","data":{"username":"Robert"}}"#)
            }
            for client in [pair.ada, pair.bob] { try await client.hears("reset", within: .seconds(30)) }
            if action == .send { for client in [pair.ada, pair.bob] { try await client.shows("by bob") } }
            await pair.ada.say("after", id: "after")
            try await pair.ada.hears("ack") { $0.data["id"].string == "after" }
            for client in [pair.ada, pair.bob] { try await client.shows("after") }
            let last = try await ChatClient.join(pair.one, room, name: "Last")
            var expected: Set<String> = [pair.ada.id, pair.bob.id, last.id]
            if action != .leave { expected.insert(eve.id) }
            if let newcomer { expected.insert(newcomer.id) }
            for client in [pair.ada, pair.bob, last] {
                try await eventually("\(client.id) is shown all, not \(client.shownMembers)", within: .seconds(30)) {
                    client.shownMembers == expected
                }
                #expect(!client.missedItself)
                #expect(client.all("ended").isEmpty)
            }
            if action == .rename {
                try await eventually("the new name is told", within: .seconds(30)) {
                    try await pair.one.read(room).roster.contains { $0.member.username == "Robert" }
                }
            }
        }

        @Test("the keys of a room are put back to an older state: everybody is reset", arguments: Action.allCases)
        func restoredKeys(action: Action) async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            try await pair.say("1", "2", "3")
            let snapshot = try await RoomSnapshot.take(room, probe)
            let eve = try await ChatClient.join(pair.two, room, name: "Eve")
            try await pair.say("4", "5")
            try await snapshot.putBack(probe)
            try await goesOn(pair, after: action, by: eve)
            await probe.close()
            await pair.stop()
        }

        @Test("only members came and went since: the same", arguments: [Action.nothing, .send, .join, .leave, .rename])
        func restoredRoster(action: Action) async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            try await pair.say("1")
            let snapshot = try await RoomSnapshot.take(room, probe)
            let eve = try await ChatClient.join(pair.two, room, name: "Eve")
            try await pair.ada.hears("member_add") { $0.data["socket"].string == eve.id }
            try await snapshot.putBack(probe)
            try await goesOn(pair, after: action, by: eve)
            await probe.close()
            await pair.stop()
        }

        @Test("Redis becomes a replica of a backup, and then its own again", arguments: [Action.nothing, .send, .join])
        func replicaOfBackup(action: Action) async throws {
            let (redis, backup) = (try await RedisServer(), try await RedisServer())
            func follow(_ follower: RedisServer, _ leader: RedisServer) async throws {
                _ = try await follower.command("REPLICAOF", "127.0.0.1", "\(leader.port)")
                try await eventually("it has its leader's data", within: .seconds(60)) {
                    try await follower.command("INFO", "replication").contains { $0.hasPrefix("master_link_status:up") }
                }
                _ = try await follower.command("REPLICAOF", "NO", "ONE")
            }
            let pair = try await ServerPair.start(redis.url, room)
            try await pair.say("1", "2")
            try await follow(backup, redis)
            let eve = try await ChatClient.join(pair.two, room, name: "Eve")
            try await pair.say("3", "4")
            try await follow(redis, backup)
            try await goesOn(pair, after: action, by: eve)
            await pair.stop()
        }

        @Test("a client that comes back from beyond what the store has is reset")
        func comesBackFromBeyond() async throws {
            let url = try await RedisServer.shared.url
            let probe = try RedisProbe(url)
            let pair = try await ServerPair.start(url, room)
            try await pair.say("1", "2")
            let snapshot = try await RoomSnapshot.take(room, probe)
            try await pair.say("3", "4")
            await pair.bob.close(.goingAway)
            await pair.stop()
            try await snapshot.putBack(probe)
            let three = try await TestServer.start(redis: url)
            let again = try await pair.bob.comesBack(to: three, room)
            try await again.hears("reset")
            await again.say("after", id: "after")
            try await again.shows("after")
            await probe.close()
            await three.stop()
        }
    }
}
