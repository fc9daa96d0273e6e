import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Healing in place")
    struct HealingTests {
        private let room = StoreFixture.uniqueRoom()

        @Test("what PUB/SUB lost without a word is noticed by the numbers, and shown; so is a change of the roster")
        func silentLoss() async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url)
            let ada = try await ChatClient.join(server, room)
            await ada.say("first", id: "1")
            try await ada.hears("messages")
            let probe = try RedisProbe(url)
            // Kept, numbered, and never published.
            let script = """
                redis.call('HINCRBY', KEYS[1], 'seq', 1)
                redis.call('HINCRBY', KEYS[1], 'rev', 1)
                redis.call('ZADD', KEYS[2], 2, ARGV[1])
                redis.call('HSET', KEYS[3], 'bob', ARGV[2])
                """
            let bob = #""socket":"bob","username":"Bob","avatar":"/avatars/bob.svg""#
            let message = #"{"seq":2,"id":"x","date":1700000000000,\#(bob),"message":"lost"}"#
            let member = #"{\#(bob),"joined":1700000000000,"server":"elsewhere","generation":1}"#
            let keys = ["meta", "messages", "members"].map { "chat:{\(room)}:\($0)" }
            _ = try await probe.command(["EVAL", script, "3"] + keys + [message, member])
            try await ada.hears("messages", within: .seconds(30)) { $0.data["message"].string == "lost" }
            try await ada.hears("member_add", within: .seconds(30)) { $0.data["socket"].string == "bob" }
            #expect(ada.all("gap").isEmpty && ada.all("reset").isEmpty)
            // Nobody holds bob's server: it is swept, five seconds after a roster named it.
            try await ada.hears("member_delete", within: .seconds(30))
            await probe.close()
            await server.stop()
        }
    }
}
