import Foundation
import RESP
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Presence, with servers that die, freeze, and lose their Redis")
    struct PresenceLiveTests {
        private let room = StoreFixture.uniqueRoom()

        private func join(port: UInt16) async throws -> WebSocketClient {
            let client = try await WebSocketClient.connect(
                to: "ws://127.0.0.1:\(port)/ws?room=\(room)", on: TestLoops.next())
            while case .text(let text) = try await client.receive(), !text.contains("\"member_add\"") {}
            return client
        }

        @Test("the members of a server killed with -9 are gone from every roster soon after its lease is over")
        func killed() async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url)
            let watcher = try await ChatClient.join(server, room)
            let (child, port) = try await Executable.serve("--redis", url)
            for _ in 0..<5 { _ = try await join(port: port) }
            try await watcher.hears("member_add", 6)
            child.signal(SIGKILL)
            // Six seconds are promised; the bound is wide, for the machine may be busy.
            try await watcher.hears("member_delete", 5, within: .seconds(20))
            await server.stop()
        }

        @Test("a frozen server's members are swept, and put back when it thaws; their connections have lasted")
        func frozen() async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url)
            let watcher = try await ChatClient.join(server, room)
            let (child, port) = try await Executable.serve("--redis", url)
            let ada = try await join(port: port)
            let id = try #require(try await watcher.hears("member_add", 2).data["socket"].string)
            child.signal(SIGSTOP)
            try await watcher.hears("member_delete", 1, within: .seconds(30))
            child.signal(SIGCONT)
            try await watcher.hears("member_add", 3, within: .seconds(30))
            await ada.send(#"{"topic":"send","data":"back again"}"#)
            try await watcher.hears("messages")
            // It was never told that it had gone itself.
            var text = ""
            while !text.contains("back again") {
                guard case .text(let next) = try await ada.receive() else { continue }
                text = next
                #expect(!(text.contains("\"member_delete\"") && text.contains(id)), "\(text)")
                #expect(!text.contains("\"member_history\"") || text.contains(id), "\(text)")
            }
            try await child.end()
            await server.stop()
        }

        @Test(
            "a server cut off from Redis until others have swept its members puts them back, and its clients see nothing of it"
        )
        func cutOff() async throws {
            let redis = try await RedisServer()
            let proxy = try await FaultProxy(to: redis.port)
            let server = try await TestServer.start(redis: redis.url)
            let cutOff = try await TestServer.start(redis: proxy.url)
            let watcher = try await ChatClient.join(server, room, name: "Watcher")
            let ada = try await ChatClient.join(cutOff, room, name: "Ada")
            let bob = try await ChatClient.join(cutOff, room, name: "Bob")
            try await watcher.hears("member_add", 3)
            await proxy.set(.refuse)
            await proxy.cut()
            try await watcher.hears("member_delete", 2, within: .seconds(30))
            await proxy.set(.pass)
            try await watcher.hears("member_add", 5, within: .seconds(30))
            await watcher.say("all here", id: "1")
            for client in [ada, bob] {
                try await client.shows("all here")
                #expect(client.all("member_delete").isEmpty && client.all("reset").isEmpty && !client.missedItself)
                #expect(client.shownMembers == [watcher.id, ada.id, bob.id])
            }
            await server.stop()
            await cutOff.stop()
        }

        @Test("an empty Redis gets its roster and its sessions back")
        func emptied() async throws {
            let redis = try await RedisServer()
            let server = try await TestServer.start(redis: redis.url)
            let ada = try await ChatClient.join(server, room, name: "Ada")
            let bob = try await ChatClient.join(server, room, name: "Bob")
            await ada.say("before", id: "1")
            try await bob.hears("messages")
            try await redis.kill()
            try await redis.start()
            try await bob.hears("reset", within: .seconds(30))
            let probe = try RedisProbe(redis.url)
            try await eventually("both are back in the roster") {
                try await probe.integer("HLEN", "chat:{\(room)}:members") == 2
            }
            await bob.say("after", id: "2")
            try await ada.hears("messages") { $0.data["message"].string == "after" }
            // Its session too: with its token it is the same member.
            await bob.close(.goingAway)
            let again = try await bob.comesBack(to: server, room, epoch: "lost", after: 0)
            #expect(again.id == bob.id)
            await probe.close()
            await server.stop()
        }

        @Test("above the roster limit members are a number; below it again there is a roster")
        func memberCount() async throws {
            let server = try await TestServer.start { $0.rosterLimit = 2 }
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            let eve = try await ChatClient.join(server, room)
            #expect(eve.all("member_history").allSatisfy { $0.data.object.count == 1 })
            #expect(try await eve.hears("member_count").data.int == 3)
            #expect(try await ada.hears("member_count").data.int == 3)
            #expect(ada.all("member_add").count == 2)
            await bob.close()
            try await ada.hears("member_history", 2)
            #expect(ada.all("member_history")[1].data.object.count == 2)
            await server.stop()
        }

        @Test("who takes no byte for the stall timeout is closed with 1013")
        func stalled() async throws {
            let server = try await TestServer.start {
                $0.rate = 0
                $0.stallTimeout = .milliseconds(500)
                $0.closeTimeout = .milliseconds(500)
            }
            let ada = try await ChatClient.join(server, room)
            let slow = try await ada.joinedBySlow(server, room)
            try await ada.saysMuch(1_500)
            try await ada.hears("member_delete", within: .seconds(30))
            #expect(ada.all("ended").isEmpty)
            await slow.abort()
            await server.stop()
        }
    }
}
