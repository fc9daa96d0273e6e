import RESP
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Redis goes away, and comes back")
    struct OutageTests {
        private let room = StoreFixture.uniqueRoom()

        private func health(_ server: TestServer, is status: Int) async throws {
            try await eventually("/health is \(status)") { try await server.get("/health").status == status }
        }

        @Test("killed and restarted empty under clients on two servers: all stay, and chat again, after a reset")
        func emptyRestart() async throws {
            let redis = try await RedisServer()
            let servers = [try await TestServer.start(redis: redis.url), try await TestServer.start(redis: redis.url)]
            let ada = try await ChatClient.join(servers[0], room)
            let bob = try await ChatClient.join(servers[1], room)
            await ada.say("before")
            try await bob.hears("messages")
            try await redis.kill()
            for server in servers {
                try await health(server, is: 503)
                #expect(try await server.get("/live").status == 200)
            }
            try await redis.start()
            for server in servers { try await health(server, is: 200) }
            for client in [ada, bob] { try await client.hears("reset") }
            await ada.say("after", id: "x")
            let ack = try await ada.hears("ack")
            let echo = try await bob.hears("messages", 2)
            #expect(ack.data["seq"].int == 1 && echo.data["seq"].int == 1 && echo.data["message"].string == "after")
            #expect(echo.json["epoch"].string == bob.all("reset").last?.data["epoch"].string)
            await bob.say("and back")
            #expect(try await ada.texts(3).last == "and back")
            #expect(ada.all("ended").isEmpty && bob.all("ended").isEmpty)
            for server in servers { await server.stop() }
        }

        @Test(
            "a restart that kept everything isn't felt: what is said while it is away is held, and shown exactly once")
        func restartKeepingAll() async throws {
            let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
            let server = try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            for index in 1...5 { await ada.say("\(index)", id: "\(index)") }
            try await bob.hears("messages", 5)
            try await redis.kill()
            try await health(server, is: 503)
            for index in 6...10 { await ada.say("\(index)", id: "\(index)") }
            try await redis.start()
            try await ada.heard.wait("each is answered") { $0.count { $0.topic == "ack" } == 10 }
            for client in [ada, bob] {
                #expect(try await client.texts(10) == (1...10).map(String.init))
                #expect(client.all("messages").map { $0.data["seq"].int } == (1...10).map { $0 })
                #expect(client.all("reset").isEmpty && client.all("gap").isEmpty && client.all("ended").isEmpty)
            }
            let roster = try await server.read(room).roster
            #expect(Set(roster.map(\.member.socket)) == [ada.id, bob.id])
            await server.stop()
        }

        @Test(
            "sends while it stays away are refused as unavailable; each has exactly one answer, and what was kept is shown once"
        )
        func refused() async throws {
            let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
            let server = try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            await ada.say("0", id: "0")
            try await ada.hears("ack")
            try await redis.kill()
            try await health(server, is: 503)
            let start = ContinuousClock.now
            await ada.say("1", id: "1")
            await ada.say("2", id: "2")
            let error = try await ada.hears("error")
            #expect(error.data["code"].string == "unavailable" && error.data["id"].string == "1")
            #expect((error.data["retry"].int ?? 0) > 0)
            #expect(.now - start > .seconds(4) && .now - start < .seconds(9))
            try await redis.start()
            try await ada.heard.wait("each is answered") { events in
                ["1", "2"].allSatisfy { id in events.count { $0.data["id"].string == id && $0.topic != "messages" } == 1
                }
            }
            await ada.say("1", id: "1")
            await ada.say("2", id: "2")
            try await ada.hears("ack") { $0.data["id"].string == "2" }
            try await ada.hears("ack") { $0.data["id"].string == "1" }
            #expect(try await ada.texts(3).sorted() == ["0", "1", "2"])
            await server.stop()
        }

        @Test("what is said after a refused send doesn't pass it: it is refused as well, until that one is repeated")
        func refusedInOrder() async throws {
            let redis = try await RedisServer()
            let server = try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            try redis.freeze()
            await ada.say("1", id: "1")
            await ada.say("2", id: "2")
            try await ada.hears("error") { $0.data["id"].string == "1" }
            try redis.thaw()
            try await health(server, is: 200)
            await ada.say("3", id: "3")
            for id in ["2", "3"] {
                let error = try await ada.hears("error") { $0.data["id"].string == id }
                #expect(error.data["code"].string == "unavailable")
            }
            for id in ["1", "2", "3"] { await ada.say(id, id: id) }
            #expect(try await ada.texts(3) == ["1", "2", "3"])
            try await ada.hears("ack", 3)
            await server.stop()
        }

        @Test("the time a request is held counts from when it came; what waits behind one refused is refused with it")
        func refusedTogether() async throws {
            let redis = try await RedisServer()
            let server = try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            try redis.freeze()
            let start = ContinuousClock.now
            await ada.say("1", id: "1")
            await ada.send(#"{"topic":"rename","data":{"username":"Other","id":"r"}}"#)
            await ada.send(#"{"topic":"history","data":{"id":"h"}}"#)
            await ada.say("2", id: "2")
            try await ada.hears("error", 4)
            #expect(.now - start > .seconds(4) && .now - start < .seconds(9))
            #expect(ada.all("error").map { $0.data["id"].string } == ["1", "r", "h", "2"])
            // So long that each on its own would have been held to its end.
            try await Task.sleep(for: .seconds(11) - (.now - start))
            try redis.thaw()
            try await health(server, is: 200)
            for id in ["1", "2"] { await ada.say(id, id: id) }
            #expect(try await ada.texts(2) == ["1", "2"])
            await server.stop()
        }

        @Test("a join while it is away ends with 1013 after about 5 s")
        func joinWhileAway() async throws {
            let redis = try await RedisServer()
            let server = try await TestServer.start(redis: redis.url)
            _ = try await ChatClient.join(server, room)
            try await redis.kill()
            try await health(server, is: 503)
            let start = ContinuousClock.now
            let client = try await ChatClient.connect(server, StoreFixture.uniqueRoom())
            let inOpenRoom = try await ChatClient.connect(server, room)
            #expect(try await client.end() == 1_013)
            #expect(try await inOpenRoom.end() == 1_013)
            #expect(.now - start > .seconds(4) && .now - start < .seconds(9))
            #expect(client.heard.events.map(\.topic) == ["ended"])
            await server.stop()
        }

        @Test("a join that waits while it is away goes through when it is back in time")
        func joinWaits() async throws {
            let redis = try await RedisServer()
            let server = try await TestServer.start(redis: redis.url)
            try await redis.kill()
            try await health(server, is: 503)
            let client = try await ChatClient.connect(server, room)
            try await redis.start()
            try await client.isIn()
            await server.stop()
        }

        @Test("a member who goes while it is away, for longer than calls are held, is no ghost when it is back")
        func leaveWhileAway() async throws {
            let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
            let server = try await TestServer.start(redis: redis.url)
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            try await redis.kill()
            try await health(server, is: 503)
            await bob.socket.abort()
            // Whoever tries to join gives up when calls have been held as long as they are.
            let late = try await ChatClient.connect(server, room)
            _ = try await late.end()
            try await eventually("bob's first try to leave is over") { server.connectionCount <= 2 }
            try await Task.sleep(for: .seconds(1))
            try await redis.start()
            try await ada.hears("member_delete") { [id = bob.id] in $0.data.string == id }
            #expect(try await server.read(room).roster.map(\.member.socket) == [ada.id])
            await server.stop()
        }

        @Test("subscriber links cut again and again while 200 messages are sent: each client gets each, once, in order")
        func subscriberCut() async throws {
            let redis = try await RedisServer()
            let servers = try await (0..<3).asyncMap { _ in try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            }
            let clients = try await servers.asyncMap { try await ChatClient.join($0, room) }
            let probe = try RedisProbe(redis.url)
            for index in 1...200 {
                await clients[0].say("\(index)", id: "\(index)")
                try await clients[0].hears("ack", index)
                if index % 10 == 0 { try await probe.run("CLIENT", "KILL", "TYPE", "pubsub") }
            }
            for client in clients {
                #expect(try await client.texts(200) == (1...200).map(String.init))
                #expect(client.all("gap").isEmpty && client.all("reset").isEmpty && client.all("ended").isEmpty)
            }
            await probe.close()
            for server in servers { await server.stop() }
        }

        @Test("where the retention is shorter than the hole, what is gone is named, and the rest is whole")
        func gap() async throws {
            let redis = try await RedisServer()
            let proxy = try await FaultProxy(to: redis.port)
            let near = try await TestServer.start(redis: redis.url) { ($0.rate, $0.retention) = (0, 20) }
            let far = try await TestServer.start(redis: proxy.url) { $0.retention = 20 }
            let ada = try await ChatClient.join(near, room)
            let bob = try await ChatClient.join(far, room)
            await proxy.set(.refuse)
            await proxy.cut()
            for index in 1...100 {
                await ada.say("\(index)", id: "\(index)")
                try await ada.hears("ack", index)
            }
            await proxy.set(.pass)
            try await bob.hears("messages") { $0.data["seq"].int == 100 }
            #expect(bob.all("gap").map { "\($0.data["from"].int ?? 0)-\($0.data["to"].int ?? 0)" } == ["1-80"])
            #expect(bob.all("messages").map { $0.data["seq"].int } == (81...100).map { $0 })
            #expect(ada.all("gap").isEmpty && ada.all("messages").count == 100)
            await near.stop()
            await far.stop()
        }
    }
}
