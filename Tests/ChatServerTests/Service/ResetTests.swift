import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    /// The store has another history than the one that was shown.
    @Suite("A reset")
    struct ResetTests {
        private let room = StoreFixture.uniqueRoom()

        /// Gives the room another epoch that doesn't go on from the one before.
        private func replaceEpoch(_ probe: RedisProbe, _ epoch: String) async throws {
            try await probe.run(
                "HSET", "chat:{\(room)}:meta", "epoch", epoch, "prev", "", "base", "0")
        }

        /// What a client hears from a reset on: topics, without what others do.
        private func afterReset(_ client: ChatClient, messages: Int) async throws -> [Heard] {
            try await client.hears("reset", within: .seconds(40))
            try await client.heard.wait("all of the new history", within: .seconds(40)) { events in
                let rest = events[(events.lastIndex { $0.topic == "reset" } ?? 0)...]
                return rest.contains { $0.topic == "member_history" } && Self.numbers(rest).count >= messages
            }
            let events = client.heard.events
            return Array(events[(events.lastIndex { $0.topic == "reset" } ?? 0)...])
        }

        private static func numbers(_ events: some Sequence<Heard>) -> [Int] {
            events.flatMap { event -> [Int] in
                switch event.topic {
                case "messages": [event.data["seq"].int].compactMap(\.self)
                case "message_history": event.data.array.compactMap { $0["seq"].int }
                default: []
                }
            }
        }

        @Test(
            "one that is live is brought to it as a joiner is: one history of a page at most, the rest by itself, the roster",
            arguments: [1_048_576, 65_536])
        func live(budget: Int) async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url) { ($0.rate, $0.outboundBudget) = (0, budget) }
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            try await ada.saysMuch(50)
            try await bob.hears("messages", 50)
            let probe = try RedisProbe(url)
            try await replaceEpoch(probe, "another")
            for client in [ada, bob] {
                let heard = try await afterReset(client, messages: 50)
                #expect(Self.numbers(heard) == Array(1...50))
                #expect(heard[0].data["epoch"].string == "another" && heard[1].topic == "message_history")
                #expect(heard.count { $0.topic == "message_history" } == 1)
                #expect(heard[1].size <= max(10_000, min(256 * 1024, budget / 4)) + 200)
                let roster = try #require(heard.first { $0.topic == "member_history" })
                #expect(roster.data.object.count == 2 && roster.json["epoch"].string == "another")
                #expect(client.all("ended").isEmpty && client.all("gap").isEmpty)
            }
            await bob.say("after", id: "after")
            try await ada.hears("messages") { $0.data["message"].string == "after" && $0.data["seq"].int == 51 }
            await probe.close()
            await server.stop()
        }

        @Test("an empty history follows too")
        func empty() async throws {
            let url = try await RedisServer.shared.url
            let server = try await TestServer.start(redis: url)
            let ada = try await ChatClient.join(server, room)
            let probe = try RedisProbe(url)
            try await probe.run("HSET", "chat:{\(room)}:meta", "epoch", "another", "prev", "", "base", "0")
            let heard = try await afterReset(ada, messages: 0)
            #expect(heard.map(\.topic) == ["reset", "message_history", "member_history"])
            await probe.close()
            await server.stop()
        }
    }
}
