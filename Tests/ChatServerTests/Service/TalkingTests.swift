import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Talking in a room")
    struct TalkingTests {
        private let room = StoreFixture.uniqueRoom()

        @Test("two servers on one Redis are one room: one order for all, senders included")
        func twoServers() async throws {
            let url = try await RedisServer.shared.url
            let servers = [
                try await TestServer.start(redis: url) { $0.rate = 0 },
                try await TestServer.start(redis: url) { $0.rate = 0 },
            ]
            var clients: [ChatClient] = []
            for index in 0..<4 {
                clients.append(try await ChatClient.join(servers[index % 2], room, name: "c\(index)"))
            }
            try await clients[0].hears("member_add", 4)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask { for index in 0..<50 { await client.say("\(client.id) \(index)") } }
                }
                try await group.waitForAll()
            }
            let first = try await clients[0].texts(200)
            #expect(Set(first).count == 200)
            for client in clients {
                #expect(try await client.texts(200) == first)
                #expect(client.all("messages").map { $0.data["seq"].int } == (1...200).map { $0 })
                #expect(first.filter { $0.hasPrefix(client.id + " ") } == (0..<50).map { "\(client.id) \($0)" })
            }
            await clients[3].close()
            let deletion = try await clients[0].hears("member_delete")
            #expect(deletion.data.string == clients[3].id)
            for server in servers { await server.stop() }
        }

        @Test(
            "an ack comes to the sender alone, and only for an id it gave; a repeat gets the same and shows nothing",
            arguments: StoreKind.allCases)
        func acks(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            await ada.say("without")
            await ada.say("with", id: "my-id_1")
            await ada.say("with", id: "my-id_1")
            await ada.say("last", id: "z")
            try await ada.hears("ack", 3)
            let acks = ada.all("ack").map(\.data)
            #expect(acks.map { $0["id"].string } == ["my-id_1", "my-id_1", "z"])
            #expect(acks.map { $0["seq"].int } == [2, 2, 3])
            let welcome = try await ada.hears("welcome")
            #expect(acks.allSatisfy { $0["epoch"].string == welcome.data["epoch"].string })
            #expect(try await bob.texts(3) == ["without", "with", "last"])
            let message = bob.all("messages")[1].data
            #expect(message["id"].string == "my-id_1" && message["socket"].string == ada.id)
            #expect(bob.all("ack").isEmpty)
            await server.stop()
        }

        @Test("a frame that comes in the packet of the handshake is not lost", arguments: StoreKind.allCases)
        func earlyFrame(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let raw = try await RawConnection.connect(to: server.port)
            let frame = EncodedFrame.text(
                #"{"topic":"send","data":{"message":"early","id":"e"}}"#, maskingKey: MaskingKey(rawValue: 7))
            await raw.send(Array(server.upgradeRequest("room=\(room)").utf8) + frame.bytes)
            let said = try await raw.received("ack and echo, which come in either order") {
                $0.contains(#""topic":"ack""#) && $0.contains(#""message":"early""#)
            }
            let order = ["welcome", "member_history", "message_history", "member_add", "messages"].map { topic in
                said.firstRange(of: "\"topic\":\"\(topic)\"")?.lowerBound
            }
            #expect(order.allSatisfy { $0 != nil } && order.compactMap(\.self) == order.compactMap(\.self).sorted())
            await raw.close()
            await server.stop()
        }

        @Test("history pages back to the first message", arguments: StoreKind.allCases)
        func history(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind) { ($0.rate, $0.history) = (0, 5) }
            let ada = try await ChatClient.join(server, room)
            for index in 1...20 { await ada.say("\(index)", id: "\(index)") }
            try await ada.hears("ack", 20)
            let bob = try await ChatClient.join(server, room)
            #expect(try await bob.hears("message_history").data.array.map { $0["seq"].int } == [16, 17, 18, 19, 20])
            await bob.send(#"{"topic":"history","data":{"before":16,"limit":10}}"#)
            await bob.send(#"{"topic":"history","data":{"before":6,"limit":10}}"#)
            await bob.send(#"{"topic":"history","data":{"before":1}}"#)
            try await bob.hears("message_page", 3)
            let pages = bob.all("message_page")
            #expect(
                pages.map { $0.data["messages"].array.compactMap { $0["seq"].int } } == [
                    Array(6...15), Array(1...5), [],
                ])
            #expect(pages.map { $0.data["complete"].bool } == [false, true, true])
            #expect(pages.allSatisfy { $0.json["epoch"].string == bob.all("welcome")[0].data["epoch"].string })
            #expect(ada.all("message_page").isEmpty)
            await server.stop()
        }

        @Test("a new name is told to all, joiners see it, and messages carry it", arguments: StoreKind.allCases)
        func rename(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room, name: "Ada")
            let bob = try await ChatClient.join(server, room)
            await ada.send(#"{"topic":"rename","data":{"username":" Ada <L> "}}"#)
            await ada.say("hello")
            let update = try await bob.hears("member_update")
            #expect(update.data["socket"].string == ada.id && update.data["username"].string == "Ada <L>")
            #expect(update.json["rev"].int == 3)
            #expect(try await bob.hears("messages").data["username"].string == "Ada <L>")
            let cleo = try await ChatClient.join(server, room)
            #expect(try await cleo.hears("member_history").data[ada.id]["username"].string == "Ada <L>")
            await server.stop()
        }

        @Test("typing is told to the room, once in two seconds at most", arguments: StoreKind.allCases)
        func typing(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            for _ in 0..<5 { await ada.send(#"{"topic":"typing"}"#) }
            #expect(try await bob.hears("typing").data.string == ada.id)
            await ada.say("done")
            try await bob.hears("messages")
            #expect(bob.all("typing").count == 1)
            await server.stop()
        }

        @Test("what can't be understood is told to its sender, whose connection stays", arguments: StoreKind.allCases)
        func errors(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room)
            for json in [
                #"{"topic":"fly"}"#, "not JSON", "[]", #"{"topic":"send","data":" "}"#, #"{"topic":"rename"}"#,
            ] {
                await ada.send(json)
            }
            await ada.say(String(repeating: "é", count: 4_097), id: "big")
            await ada.send(#"{"topic":"ping"}"#)
            try await ada.hears("pong")
            let codes = ada.all("error").map { $0.data["code"].string }
            #expect(
                codes == ["unknown_topic", "bad_request", "bad_request", "bad_request", "bad_request", "too_large"])
            #expect(ada.all("error").last?.data["id"].string == "big")
            await ada.say(String(repeating: "é", count: 4_096), id: "fits")
            try await ada.hears("ack")
            #expect(ada.all("messages").count <= 1)
            await server.stop()
        }

        @Test("a binary message closes with 1003, one over the WebSocket limit with 1009; others don't feel it")
        func closing() async throws {
            let server = try await TestServer.start(.embedded)
            let watcher = try await ChatClient.join(server, room)
            let binary = try await ChatClient.join(server, room)
            await binary.socket.send(.binary([1, 2, 3]))
            #expect(try await binary.end() == 1_003)
            let large = try await ChatClient.join(server, room)
            await large.say(String(repeating: "x", count: 70_000))
            #expect(try await large.end() == 1_009)
            try await watcher.hears("member_delete", 2)
            await watcher.say("still here")
            #expect(try await watcher.texts(1) == ["still here"])
            await server.stop()
        }

        @Test(
            "more than a burst is refused with the time to wait; after it sending works again",
            arguments: StoreKind.allCases)
        func rateLimit(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind) { $0.rate = 2 }
            let ada = try await ChatClient.join(server, room)
            for index in 0..<12 { await ada.say("\(index)", id: "\(index)") }
            let error = try await ada.hears("error").data
            #expect(error["code"].string == "rate_limited")
            let wait = try #require(error["retry"].int)
            #expect(wait >= 1 && wait <= 500)
            try await ada.heard.wait("each is answered") { $0.count { $0.topic == "ack" || $0.topic == "error" } == 12 }
            let accepted = ada.all("ack").count
            #expect(accepted >= 6 && accepted < 12)
            #expect(ada.all("messages").count <= accepted)
            let id = try #require(error["id"].string)
            try await Task.sleep(for: .milliseconds(wait))
            await ada.say(id, id: id)
            try await ada.hears("ack") { $0.data["id"].string == id }
            await server.stop()
        }

        @Test("a page of history that is cut by its bytes isn't complete; paging on brings all there is, once")
        func cutPages() async throws {
            let server = try await TestServer.start { ($0.rate, $0.outboundBudget, $0.history) = (0, 65_536, 1) }
            let ada = try await ChatClient.join(server, room)
            try await ada.saysMuch(10)
            var (seen, before, pages) = ([Int](), 11, 0)
            while pages < 20 {
                await ada.send(#"{"topic":"history","data":{"before":\#(before),"limit":100,"id":"p\#(pages)"}}"#)
                pages += 1
                let page = try await ada.hears("message_page", pages)
                let numbers = page.data["messages"].array.compactMap { $0["seq"].int }
                #expect(page.size < 65_536 / 4 + 500 && !numbers.isEmpty && page.data["id"].string == "p\(pages - 1)")
                seen = numbers + seen
                before = numbers.first ?? 1
                #expect(page.data["complete"].bool == (before == 1))
                if page.data["complete"].bool == true { break }
            }
            #expect(seen == Array(1...10) && pages > 2)
            await server.stop()
        }

        @Test("what is said after a send that came too fast doesn't pass it, until it is repeated")
        func tooFastInOrder() async throws {
            let server = try await TestServer.start { $0.rate = 1 }
            let ada = try await ChatClient.join(server, room)
            for index in 1...4 { await ada.say("\(index)", id: "\(index)") }
            let refused = try await ada.hears("error").data
            #expect(refused["id"].string == "4" && refused["code"].string == "rate_limited")
            try await Task.sleep(for: .milliseconds(refused["retry"].int ?? 1_000))
            await ada.say("5", id: "5")
            let overtaking = try await ada.hears("error", 2).data
            #expect(overtaking["id"].string == "5" && overtaking["code"].string == "rate_limited")
            #expect((overtaking["retry"].int ?? 0) > 0)
            await ada.say("4", id: "4")
            try await ada.hears("ack") { $0.data["id"].string == "4" }
            #expect(try await ada.texts(4) == ["1", "2", "3", "4"])
            await server.stop()
        }

        @Test("an id given to a rename or to a request for history is in its answer, and in its error")
        func idsOfRequests() async throws {
            let server = try await TestServer.start()
            let ada = try await ChatClient.join(server, room)
            await ada.send(#"{"topic":"history","data":{"limit":5,"id":"h"}}"#)
            #expect(try await ada.hears("message_page").data["id"].string == "h")
            await ada.send(#"{"topic":"history","data":{"limit":0,"id":"bad"}}"#)
            await ada.send(#"{"topic":"rename","data":{"username":"","id":"r"}}"#)
            await ada.send(#"{"topic":"rename","data":{"username":"Ada","id":"not an id"}}"#)
            try await ada.hears("error", 3)
            #expect(ada.all("error").map { $0.data["id"].string } == ["bad", "r", nil])
            await ada.send(#"{"topic":"history"}"#)
            #expect(try await ada.hears("message_page", 2).data["id"].string == nil)
            for _ in 1...2 { await ada.send(#"{"topic":"rename","data":{"username":"Ada","id":"r2"}}"#) }
            try await ada.hears("ack", 2)
            #expect(ada.all("ack").allSatisfy { $0.data["id"].string == "r2" && $0.data["seq"].int == nil })
            try await ada.hears("member_update")
            await server.stop()
        }

        @Test(
            "3,000 sends in one go, with the rate limit off, keep their order, and history keeps its size",
            arguments: StoreKind.allCases)
        func manySends(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind) { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            let bob = try await ChatClient.join(server, room)
            let frames = (1...3_000).flatMap { index in
                EncodedFrame.text(
                    #"{"topic":"send","data":"\#(index)"}"#, maskingKey: MaskingKey(rawValue: UInt32(index))
                )
                .bytes
            }
            await ada.socket.sendRaw(frames)
            for client in [ada, bob] {
                #expect(try await client.texts(3_000, within: .seconds(150)) == (1...3_000).map(String.init))
            }
            let reading = try await server.read(room, .newest(5_000))
            #expect(reading.messages.map(\.seq) == Array(2_001...3_000))
            await server.stop()
        }

        @Test("200 equal texts are 200 messages")
        func equalTexts() async throws {
            let server = try await TestServer.start(.redis) { ($0.rate, $0.history) = (0, 300) }
            let ada = try await ChatClient.join(server, room)
            for _ in 0..<200 { await ada.say("same") }
            try await ada.hears("messages", 200)
            let bob = try await ChatClient.join(server, room)
            #expect(try await bob.hears("message_history").data.array.count == 200)
            await server.stop()
        }
    }
}
