import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Junk from whoever can reach Redis")
    struct JunkTests {
        @Test("junk on a room's channel harms nobody, and what is said meanwhile is shown in order")
        func channels() async throws {
            let url = try await RedisServer.shared.url
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start(redis: url) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            let probe = try RedisProbe(url)
            let epoch = try await server.read(room).epoch
            let data =
                #"{"seq":N,"id":"i","date":5,"socket":"s","username":"Eve","avatar":"/avatars/s.svg","message":"forged"}"#
            let junk: [any RedisArgument] = [
                "", "junk", "{}", "[]", [UInt8]([0xFF, 0xFE, 0]), String(repeating: "[", count: 100_000),
                String(repeating: "x", count: 5_000_000),
                #"{"topic":"messages","epoch":"forged","data":\#(data.replacing("N", with: "1"))}"#,
                #"{"topic":"messages","epoch":"\#(epoch)","data":\#(data.replacing("N", with: "900"))}"#,
                #"{"topic":"messages","epoch":"\#(epoch)","data":\#(data.replacing("N", with: "1")),"x":1}"#,
                #"{"topic":"reset","epoch":"\#(epoch)","data":{"epoch":"x"}}"#,
                #"{"topic":"member_add","epoch":"\#(epoch)","rev":900,"data":{"socket":"eve","username":"Eve","avatar":"/avatars/eve.svg","joined":5}}"#,
                #"{"topic":"member_delete","epoch":"\#(epoch)","rev":900,"data":"\#(ada.id)"}"#,
                #"{"topic":"typing","epoch":"\#(epoch)","data":"eve"}"#,
            ]
            for (index, payload) in junk.enumerated() {
                #expect(try await probe.integer("PUBLISH", "chat@0:{\(room)}", payload) >= 1)
                await ada.say("text \(index)", id: "\(index)")
                try await ada.hears("ack", index + 1)
            }
            #expect(try await ada.texts(junk.count) == junk.indices.map { "text \($0)" })
            #expect(ada.all("messages").map { $0.data["seq"].int } == junk.indices.map { $0 + 1 })
            #expect(
                Set(ada.heard.events.map(\.topic)).isSubset(of: [
                    "welcome", "member_history", "message_history", "member_add", "messages", "ack",
                ]))
            let bob = try await ChatClient.join(server, room)
            #expect(try await bob.hears("message_history").data.array.count == junk.count)
            #expect(try await bob.hears("member_history").data.object.count == 2)
            try await eventually("it is healthy") { try await server.get("/health").status == 200 }
            await probe.close()
            await server.stop()
        }

        @Test("junk in every key of a room harms nobody: joiners are served, members go on")
        func keys() async throws {
            let redis = try await RedisServer()
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start(redis: redis.url) { $0.rate = 0 }
            let probe = try RedisProbe(redis.url)
            let ada = try await ChatClient.join(server, room)
            var said = 0
            func goesOn(_ what: Comment) async throws {
                said += 1
                await ada.say("text \(said)", id: "\(said)")
                let ack = try await ada.hears("ack", said)
                #expect(ack.data["id"].string == "\(said)", what)
                // As a message, or in the history that follows a reset.
                try await ada.heard.wait("text \(said) is shown") { [said] events in
                    events.contains { event in
                        ([event.data] + event.data.array).contains { $0["message"].string == "text \(said)" }
                    }
                }
                let bob = try await ChatClient.join(server, room)
                #expect(try await bob.hears("member_history").data[bob.id]["socket"].string == bob.id, what)
                await bob.close()
            }
            try await goesOn("before")
            for kind in ["string", "list", "zset", "hash"] {
                for key in try await probe.run("KEYS", "chat:*").elements?.compactMap(\.string) ?? [] {
                    let junk =
                        switch kind {
                        case "string": ["SET", key, "junk"]
                        case "list": ["RPUSH", key, "junk", "{}"]
                        case "zset": ["ZADD", key, "1e300", "junk", "-inf", "{}", "0.5", "[]"]
                        default: ["HSET", key, "junk", "junk", "seq", "x", "epoch", "\"", ada.id, "{}"]
                        }
                    // In one step: servers write too.
                    let script = "redis.call('DEL', KEYS[1]) return redis.call(unpack(ARGV))"
                    _ = try await probe.command(["EVAL", script, "1", key] + junk)
                    try await goesOn("\(key) as \(kind)")
                }
            }
            #expect(ada.all("ended").isEmpty)
            await probe.close()
            await server.stop()
        }
    }
}
