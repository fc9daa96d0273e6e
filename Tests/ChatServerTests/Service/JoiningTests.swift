import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Joining a room")
    struct JoiningTests {
        private let room = StoreFixture.uniqueRoom()

        @Test(
            "a joiner hears welcome, roster with itself, history, and its own coming last",
            arguments: StoreKind.allCases)
        func sequence(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let ada = try await ChatClient.join(server, room, name: "Ada")
            #expect(ada.heard.events.map(\.topic) == ["welcome", "member_history", "message_history", "member_add"])
            await ada.say("one")
            await ada.say("two")
            try await ada.hears("messages", 2)

            let bob = try await ChatClient.join(server, room, name: "Bob%20%22B%22")
            #expect(bob.heard.events.map(\.topic) == ["welcome", "member_history", "message_history", "member_add"])
            let welcome = try await bob.hears("welcome").data
            #expect(welcome["member"]["username"].string == #"Bob "B""#)
            #expect(welcome["member"]["avatar"].string == Member.defaultAvatar(of: bob.id))
            #expect((welcome["member"]["joined"].int ?? 0) > 1_600_000_000_000)
            #expect(welcome["token"].string?.hasPrefix(bob.id + ".") == true)
            #expect(welcome["room"].string == room.text && welcome["seq"].int == 2)
            #expect(welcome["server"].string == server.service.serverName)
            #expect(welcome["limits"]["text"].int == 8_192 && welcome["limits"]["message"].int == 65_536)
            #expect(welcome["limits"]["name"].int == 40 && welcome["limits"]["history"].int == 50)
            let roster = try await bob.hears("member_history")
            #expect(Set(roster.data.object.keys) == [ada.id, bob.id])
            #expect(roster.data[bob.id]["username"].string == #"Bob "B""#)
            #expect(roster.json["epoch"].string == welcome["epoch"].string && roster.json["rev"].int == 2)
            let history = try await bob.hears("message_history")
            #expect(history.data.array.map { $0["message"].string } == ["one", "two"])
            #expect(history.data.array.map { $0["seq"].int } == [1, 2])
            let added = try await bob.hears("member_add")
            #expect(added.data["socket"].string == bob.id && added.json["rev"].int == 2)

            try await ada.hears("member_add", 2)
            #expect(
                ada.all("member_history").count == 1 && ada.all("message_history").count == 1, "to the joiner alone")
            await server.stop()
        }

        @Test("whoever gives no name gets a random one, first and last; each is somebody else")
        func randomNames() async throws {
            let server = try await TestServer.start(.embedded)
            let clients = try await (0..<8).asyncMap { index in
                try await ChatClient.join(server, room, name: index % 2 == 0 ? nil : "")
            }
            let names = try await clients.asyncMap {
                try await $0.hears("welcome").data["member"]["username"].string ?? ""
            }
            #expect(names.allSatisfy { $0.split(separator: " ").count == 2 })
            #expect(Set(clients.map(\.id)).count == 8)
            await server.stop()
        }

        @Test("the room is the lobby where none is named")
        func lobby() async throws {
            let server = try await TestServer.start(.embedded)
            let raw = try await RawConnection.connect(to: server.port)
            await raw.send(server.upgradeRequest(""))
            try await raw.received("the welcome") { $0.contains(#""room":"lobby""#) }
            await raw.close()
            await server.stop()
        }

        @Test(
            "what is no room or no name is refused with 400 before the handshake",
            arguments: [
                "room=", "room=a%20b", "room=a/b", "room=%7Bx%7D", "room=" + String(repeating: "r", count: 65),
                "room=%C3%A9",
                "room=lobby&name=a%00b", "room=lobby&name=%20", "room=lobby&name=" + String(repeating: "n", count: 41),
                "room=lobby&name=a%0Ab",
            ])
        func refused(parameters: String) async throws {
            let server = try await TestServer.start(.embedded)
            #expect(try await server.upgrade(parameters) == 400)
            #expect(try await server.upgrade("room=lobby&name=Ada") == 101)
            await server.stop()
        }

        @Test("a page of another site is not let in; one of this host is, and so is what is no browser")
        func origins() async throws {
            let server = try await TestServer.start(.embedded)
            #expect(try await server.upgrade("", headers: "Origin: https://evil.example\r\n") == 403)
            #expect(try await server.upgrade("", headers: "Origin: null\r\n") == 403)
            #expect(try await server.upgrade("", headers: "Origin: http://127.0.0.1:\(server.port)\r\n") == 101)
            #expect(try await server.upgrade("") == 101)
            await server.stop()
        }

        @Test("pages, avatars and health are served; other paths and methods are not")
        func pages() async throws {
            let server = try await TestServer.start(.embedded)
            #expect(try await server.get("/health").status == 200)
            #expect(try await server.get("/live").status == 200)
            #expect(try await server.get("/").body.contains("<html"))
            #expect(try await server.get("/avatars/ada.svg").body.hasPrefix("<svg"))
            for path in ["/avatars/a%20b.svg", "/avatars/../x.svg", "/avatars/.svg", "/nothing", "/ws/", "//"] {
                #expect(try await server.get(path).status == 404, "\(path)")
            }
            #expect(try await server.get("/ws").status >= 400)
            let raw = try await RawConnection.connect(to: server.port)
            await raw.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            #expect(String(decoding: try await raw.whole(), as: UTF8.self).hasPrefix("HTTP/1.1 405"))
            await server.stop()
        }

        @Test("80 joins into one room cost less than a megabyte in all")
        func eightyJoins() async throws {
            let server = try await TestServer.start(.embedded)
            var clients: [ChatClient] = []
            for _ in 0..<80 { clients.append(try await ChatClient.join(server, room)) }
            for client in clients {
                try await client.hears("member_add") { [last = clients[79].id] in $0.data["socket"].string == last }
            }
            let bytes = clients.reduce(0) { sum, client in sum + client.heard.events.reduce(0) { $0 + $1.size } }
            #expect(bytes < 1_000_000)
            #expect(clients.allSatisfy { $0.all("member_history").count == 1 })
            await server.stop()
        }

        @Test("a room full of the largest texts can be joined, and its older messages can be paged")
        func largestTexts() async throws {
            let server = try await TestServer.start { $0.rate = 0 }
            let ada = try await ChatClient.join(server, room)
            // Six bytes of JSON for each of text: 50 of these are 2.4 MB, and a client's budget is 1 MiB.
            let text = "x" + String(repeating: "\u{1}", count: 8_191)
            for index in 0..<50 {
                await ada.say(text, id: "\(index)")
                try await ada.hears("ack", index + 1)
            }
            let bob = try await ChatClient.join(server, room)
            // Page by page, as bob reads; his join ends with the last.
            let shown = try await bob.hears("message_history").data.array.count + bob.all("messages").count
            #expect(shown == 50)
            var before = 51
            var pages = 0
            while before > 1 {
                await bob.send(#"{"topic":"history","data":{"before":\#(before),"limit":100}}"#)
                pages += 1
                let page = try await bob.hears("message_page", pages).data
                let numbers = page["messages"].array.compactMap { $0["seq"].int }
                #expect(numbers.last == before - 1)
                before = try #require(numbers.first)
                #expect(page["complete"].bool == (before == 1))
            }
            #expect(pages > 1 && pages < 20)
            await server.stop()
        }
    }
}
