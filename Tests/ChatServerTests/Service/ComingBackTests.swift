import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Coming back")
    struct ComingBackTests {
        private let room = StoreFixture.uniqueRoom()

        private func twoServers() async throws -> (TestServer, TestServer) {
            let url = try await RedisServer.shared.url
            return (try await TestServer.start(redis: url), try await TestServer.start(redis: url))
        }

        @Test("a page that goes away is the same member on another server, misses nothing, and nobody saw it leave")
        func anotherServer() async throws {
            let (one, two) = try await twoServers()
            let watcher = try await ChatClient.join(one, room)
            let ada = try await ChatClient.join(one, room, name: "Ada")
            await watcher.say("1", id: "1")
            try await ada.hears("messages", 1)
            // Held for two seconds.
            await ada.close(.goingAway)
            for index in 2...5 { await watcher.say("\(index)", id: "\(index)") }
            try await watcher.hears("ack", 5)
            let again = try await ada.comesBack(to: two, room)
            #expect(again.id == ada.id)
            #expect(again.shownNumbers == [2, 3, 4, 5])
            #expect(again.all("member_history")[0].data.object.count == 2)
            await again.say("6", id: "6")
            try await watcher.hears("messages", 6)
            #expect(watcher.all("messages").last?.data["username"].string == "Ada")
            #expect(watcher.all("member_delete").isEmpty && watcher.all("member_add").count == 2)
            await one.stop()
            await two.stop()
        }

        @Test("a connection lost without a Close is held for as long as it had been, then its member leaves")
        func lost() async throws {
            let (one, two) = try await twoServers()
            let watcher = try await ChatClient.join(one, room)
            let ada = try await ChatClient.join(one, room)
            // Time has to pass here: so long it may be away.
            try await Task.sleep(for: .seconds(3))
            await ada.socket.abort()
            let again = try await ada.comesBack(to: two, room)
            #expect(again.id == ada.id && watcher.all("member_delete").isEmpty)
            await again.socket.abort()
            try await watcher.hears("member_delete")
            await one.stop()
            await two.stop()
        }

        @Test("Close 1000 leaves at once", arguments: StoreKind.allCases)
        func normalClosure(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let watcher = try await ChatClient.join(server, room)
            let ada = try await ChatClient.join(server, room)
            let start = ContinuousClock.now
            await ada.close()
            try await watcher.hears("member_delete")
            #expect(start.duration(to: .now) < .seconds(2), "well before any hold is over")
            await server.stop()
        }

        @Test("of two connections with one token the older is closed with 4001, here and elsewhere")
        func takeOver() async throws {
            let (one, two) = try await twoServers()
            let watcher = try await ChatClient.join(one, room)
            let first = try await ChatClient.join(one, room)
            let second = try await first.comesBack(to: one, room)
            #expect(try await first.end() == 4_001)
            let third = try await first.comesBack(to: two, room)
            #expect(try await second.end() == 4_001)
            await third.say("still here", id: "x")
            try await watcher.hears("messages")
            #expect(watcher.all("member_delete").isEmpty && watcher.all("member_add").count == 2)
            await one.stop()
            await two.stop()
        }

        @Test("a connection that was left behind while its server had no Redis doesn't take its member back")
        func leftBehind() async throws {
            let proxy = try await FaultProxy(to: RedisServer.shared.port)
            let (cutOff, other) = (
                try await TestServer.start(redis: proxy.url), try await TestServer.start(redis: RedisServer.shared.url)
            )
            for server in [cutOff, other] {
                try await eventually("Redis tells its time") { (server.store as? RedisChatStore)?.knowsTime == true }
            }
            let ada = try await ChatClient.join(cutOff, room)
            await proxy.set(.refuse)
            await proxy.cut()
            let older = try await ada.reconnects(to: cutOff, room)
            // By so much the servers may differ about the time.
            try await Task.sleep(for: RedisClock.tolerance * 4)
            let newer = try await ada.comesBack(to: other, room)
            await proxy.set(.pass)
            #expect(try await older.end() == 4_001)
            await newer.say("still here", id: "x")
            try await newer.hears("ack")
            #expect(newer.all("ended").isEmpty && older.all("welcome").isEmpty)
            await cutOff.stop()
            await other.stop()
        }

        @Test("a wrong token is a new member, however nearly right", arguments: StoreKind.allCases)
        func wrongToken(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room)
            let token = try #require(ada.all("welcome")[0].data["token"].string)
            for wrong in [String(token.dropLast()), token + "A", ada.id + ".", "x." + token, "", "a.b.c"] {
                let other = try await ada.comesBack(to: server, room, token: wrong)
                #expect(other.id != ada.id && other.id != "", "\(wrong)")
                await other.close()
            }
            #expect(ada.all("ended").isEmpty)
            await server.stop()
        }

        @Test("a position from the future, or of another epoch, is a reset", arguments: StoreKind.allCases)
        func reset(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room)
            for index in 1...3 { await ada.say("\(index)", id: "\(index)") }
            try await ada.hears("messages", 3)
            for (epoch, after) in [(nil, 100), ("another", 1), ("", 0)] as [(String?, Int)] {
                let again = try await ada.comesBack(to: server, room, epoch: epoch, after: after)
                #expect(again.all("reset").count == 1)
                #expect(again.shownNumbers == [1, 2, 3])
                await again.close(.goingAway)
            }
            await server.stop()
        }

        @Test("what history no longer has is told as a gap, and the rest is shown", arguments: StoreKind.allCases)
        func gap(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind) { ($0.rate, $0.retention) = (0, 300) }
            let watcher = try await ChatClient.join(server, room)
            let ada = try await ChatClient.join(server, room)
            await ada.close(.goingAway)
            for index in 1...1_000 { await watcher.say("\(index)", id: "\(index)") }
            try await watcher.hears("ack", 1_000, within: .seconds(60))
            let again = try await ada.comesBack(to: server, room, after: 0)
            let gap = try await again.hears("gap")
            #expect(gap.data["from"].int == 1)
            let first = (gap.data["to"].int ?? 0) + 1
            #expect(first > 1 && again.shownNumbers == Array(first...1_000))
            await server.stop()
        }
    }
}
