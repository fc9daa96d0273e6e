import RESP
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("A client that doesn't read")
    struct SlowClientTests {
        @Test("it is brought up to date when it reads again, in order and with gaps told; the others don't feel it")
        func slow() async throws {
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start {
                $0.rate = 0
                $0.retention = 300
                // However long it takes here: being closed for it is another test's.
                $0.stallTimeout = .seconds(600)
            }
            let ada = try await ChatClient.join(server, room)
            let slow = try await ada.joinedBySlow(server, room)

            // More than the kernel holds for it, and a budget.
            try await ada.saysMuch(2_000)
            try await ada.hears("messages", 2_000)
            #expect(ada.all("ended").isEmpty)

            var seen = 0
            var gaps = 0
            while seen < 2_000 {
                guard case .text(let text) = try await slow.receive(), let event = JSONValue(text) else { continue }
                switch event["topic"].string {
                case "messages":
                    #expect(event["data"]["seq"].int == seen + 1)
                    seen = event["data"]["seq"].int ?? .max
                case "gap":
                    #expect(event["data"]["from"].int == seen + 1)
                    seen = event["data"]["to"].int ?? .max
                    gaps += 1
                default: break
                }
            }
            #expect(seen == 2_000 && gaps >= 1)
            await slow.close()
            try await ada.hears("member_delete")
            await server.stop()
        }

        @Test(
            "when Redis goes back to a copy that holds more than it has been sent, it goes on there, and isn't reset as the others are"
        )
        func behindAReset() async throws {
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start(redis: RedisServer.shared.url) {
                ($0.rate, $0.retention, $0.outboundBudget) = (0, 2_000, 64_000_000)
                $0.stallTimeout = .seconds(600)
            }
            let ada = try await ChatClient.join(server, room)
            let slow = try await ada.joinedBySlow(server, room)
            try await ada.saysMuch(1_200)
            // As an older copy of the data would have it.
            let probe = try RedisProbe(await RedisServer.shared.url)
            let prefix = "chat:{\(room)}:"
            let epoch = try #require(try await probe.run("HGET", prefix + "meta", "epoch").string)
            try await probe.run("ZREMRANGEBYSCORE", prefix + "messages", "1001", "+inf")
            try await probe.run(
                "HSET", prefix + "meta", "epoch", "copy", "prev", epoch, "base", "1000", "seq", "1000")
            try await ada.hears("reset")
            await ada.say("after", id: "after")

            var seen = 0
            while seen < 1_001 {
                guard case .text(let text) = try await slow.receive(), let event = JSONValue(text) else { continue }
                #expect(event["topic"].string != "reset" && event["topic"].string != "gap")
                guard event["topic"].string == "messages" else { continue }
                #expect(event["data"]["seq"].int == seen + 1)
                seen = event["data"]["seq"].int ?? .max
                if seen > 1_000 { #expect(event["data"]["message"].string == "after") }
            }
            await slow.close()
            await probe.close()
            await server.stop()
        }
    }
}
