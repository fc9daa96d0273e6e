import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    /// What costs a client nothing, and others something.
    @Suite("Floods")
    struct FloodTests {
        private let room = StoreFixture.uniqueRoom()
        private static let key = MaskingKey(rawValue: 0x0A0B_0C0D)

        /// Sends so many of one kind, in one go.
        private func flood(_ client: ChatClient, _ count: Int, _ frame: EncodedFrame) async {
            await client.socket.sendRaw([UInt8]((0..<count).map { _ in frame.bytes }.joined()))
        }

        @Test(
            "junk is answered for a while, then its client is closed with 1008; nobody else notices",
            arguments: [
                #"{"topic":"ping"}"#, #"{"topic":"typing"}"#, #"{"topic":"fly"}"#, "junk", "",
                #"{"topic":"send","data":""}"#, #"{"topic":"history","data":{"before":0}}"#,
            ])
        func junk(text: String) async throws {
            let server = try await TestServer.start()
            let ada = try await ChatClient.join(server, room)
            let mallory = try await ChatClient.join(server, room)
            await flood(mallory, 5_000, .text(text, maskingKey: Self.key))
            #expect(try await mallory.end() == 1_008)
            let answers = mallory.all("pong").count + mallory.all("error").count
            #expect(answers <= 400)
            await ada.say("still here", id: "1")
            try await ada.hears("ack")
            #expect(ada.all("typing").count <= 1 && ada.all("ended").isEmpty)
            await server.stop()
        }

        @Test("one that sends faster than it may is told so each time, and stays")
        func tooFast() async throws {
            let server = try await TestServer.start()
            let ada = try await ChatClient.join(server, room)
            await flood(ada, 1_000, .text(#"{"topic":"send","data":"x"}"#, maskingKey: Self.key))
            try await ada.heard.wait("an answer to each") { events in
                events.count { ["error", "messages"].contains($0.topic) } >= 1_000
            }
            #expect(ada.all("error").allSatisfy { $0.data["code"].string == "rate_limited" })
            #expect(ada.all("ended").isEmpty)
            await server.stop()
        }

        @Test("so is one that floods with pings of the protocol, or with pongs", arguments: [true, false])
        func pings(isPing: Bool) async throws {
            let server = try await TestServer.start()
            let mallory = try await ChatClient.join(server, room)
            await flood(mallory, 2_000, isPing ? .ping(maskingKey: Self.key) : .pong(maskingKey: Self.key))
            #expect(try await mallory.end() == 1_008)
            await server.stop()
        }

        @Test("a hundred pings and mistakes at once are nothing to be closed for")
        func patience() async throws {
            let server = try await TestServer.start()
            let ada = try await ChatClient.join(server, room)
            await flood(ada, 100, .text(#"{"topic":"ping"}"#, maskingKey: Self.key))
            await flood(ada, 50, .text(#"{"topic":"fly"}"#, maskingKey: Self.key))
            await flood(ada, 50, .ping(maskingKey: Self.key))
            try await ada.hears("pong", 100)
            try await ada.hears("error", 50)
            await ada.say("hello", id: "1")
            try await ada.hears("ack")
            await server.stop()
        }

        @Test("joins from one address are held back, then refused with 1013; another room is free")
        func joins() async throws {
            let server = try await TestServer.start { ($0.joinRate, $0.limitsJoinsFromHere) = (2, true) }
            let clients = try await (0..<40).asyncMap { _ in try await ChatClient.connect(server, room) }
            try await eventually("each is in, or refused") {
                clients.allSatisfy { !$0.all("member_add").isEmpty || !$0.all("ended").isEmpty }
            }
            let refused = clients.filter { !$0.all("ended").isEmpty }
            #expect(refused.count >= 5 && refused.count <= 16)
            for client in refused { #expect(try await client.end() == 1_013) }
            _ = try await ChatClient.join(server, StoreFixture.uniqueRoom())
            #expect(try await server.read(room).roster.count == clients.count - refused.count)
            await server.stop()
        }

        /// The roster that a client has been told.
        private static func roster(of client: ChatClient) -> Set<String> {
            var roster: Set<String> = []
            for event in client.heard.events {
                switch event.topic {
                case "member_history": roster = Set(event.data.object.keys)
                case "member_add", "member_update": roster.insert(event.data["socket"].string ?? "")
                case "member_delete": roster.remove(event.data.string ?? "")
                default: break
                }
            }
            return roster
        }

        @Test(
            "where hundreds come and go, the others are told what it comes to, a few times a second",
            arguments: StoreKind.allCases)
        func comingAndGoing(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let watcher = try await ChatClient.join(server, room)
            let staying = Guarded<[ChatClient]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<10 {
                    group.addTask {
                        for turn in 0..<40 {
                            if turn % 10 == worker {
                                let client = try await ChatClient.join(server, room)
                                staying.withLock { $0.append(client) }
                                continue
                            }
                            let client = try await ChatClient.connect(server, room)
                            // Long enough to come in, and too short for anybody to care.
                            try await Task.sleep(for: .milliseconds(20))
                            await client.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
            let stayed = staying.withLock(\.self)
            let expected = Set(stayed.map(\.id) + [watcher.id])
            try await eventually("the store has those who stayed") {
                Set(try await server.read(room).roster.map(\.member.socket)) == expected
            }
            for client in [watcher] + stayed {
                try await eventually("each knows who is here") { Self.roster(of: client) == expected }
            }
            let events = watcher.heard.events.count { $0.topic == "member_add" || $0.topic == "member_delete" }
            let joins = server.service.meter.current.joins
            print("\(joins) joins, and almost as many leaves, were told in \(events) events")
            #expect(events < joins + 100)
            // Revisions never go back.
            let revisions = watcher.heard.events.compactMap { $0.json["rev"].int }
            #expect(revisions == revisions.sorted())
            let late = try await ChatClient.join(server, room)
            try await watcher.hears("member_add") { $0.data["socket"].string == late.id }
            await server.stop()
        }
    }
}
