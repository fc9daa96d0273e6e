import TestSupport
import Testing
import Transport
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    /// A client that says something and goes, without waiting for a word of the server's.
    @Suite("One-shot clients")
    struct OneShotTests {
        private let room = StoreFixture.uniqueRoom()
        private static let key = MaskingKey(rawValue: 0x0102_0304)

        /// How a client goes.
        enum Farewell: CaseIterable, Sendable {
            /// With a Close frame.
            case close
            /// It ends its side of the connection.
            case fin
            /// The connection is gone, with whatever was to come for it.
            case vanish
        }

        private static func send(_ text: String) -> [UInt8] {
            EncodedFrame.text(#"{"topic":"send","data":"\#(text)"}"#, maskingKey: key).bytes
        }

        /// Connects, says all of it in one packet with the handshake's end, and goes.
        private func shoot(
            _ server: TestServer, _ parameters: String, _ frames: [UInt8], _ farewell: Farewell
        ) async throws {
            let address = SocketAddress.loopback(port: server.port)
            let peer = try await RawPeer.connect(to: address)
            let request = Array(server.upgradeRequest("room=\(room)&\(parameters)").utf8)
            let close = farewell == .close ? EncodedFrame.close(.normalClosure, maskingKey: Self.key).bytes : []
            await peer.send(request + frames + close)
            switch farewell {
            case .close, .fin:
                await peer.shutOutput()
                try await peer.receiveToEnd()
            case .vanish: await peer.vanish()
            }
        }

        /// 60 clients that say three things each: all are kept, in order and under the right names, and nobody stays.
        private func volley(_ server: TestServer, watchedAt other: TestServer, _ farewell: Farewell) async throws {
            let watcher = try await ChatClient.join(other, room)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<60 {
                    group.addTask {
                        let texts = (1...3).flatMap { Self.send("\(index)-\($0)") }
                        try await shoot(server, "name=n\(index)", texts, farewell)
                    }
                }
                try await group.waitForAll()
            }
            try await watcher.hears("messages", 180, within: .seconds(60))
            let shown = watcher.all("messages").map(\.data)
            for index in 0..<60 {
                let own = shown.filter { $0["username"].string == "n\(index)" }
                #expect(own.map { $0["message"].string } == (1...3).map { "\(index)-\($0)" })
                #expect(Set(own.map { $0["socket"].string }).count == 1)
            }
            #expect(Set(shown.map { $0["seq"].int }) == Set(1...180))
            try await eventually("nobody but the watcher is left") {
                try await other.read(room).roster.map(\.member.socket) == [watcher.id]
            }
            try await eventually("whoever was seen coming is seen leaving") {
                watcher.all("member_add").count - 1 == watcher.all("member_delete").count
            }
            #expect(watcher.all("error").isEmpty)
        }

        @Test("what 60 of them say is kept", arguments: StoreKind.allCases, Farewell.allCases)
        func kept(kind: StoreKind, farewell: Farewell) async throws {
            let server = try await TestServer.start(kind)
            try await volley(server, watchedAt: server, farewell)
            await server.stop()
        }

        @Test("what 60 of them say is kept by a slow Redis, and seen at another server", arguments: Farewell.allCases)
        func keptSlowly(farewell: Farewell) async throws {
            let url = try await RedisServer.shared.url
            let proxy = try await FaultProxy(to: RedisServer.shared.port)
            await proxy.set(.delay(.milliseconds(60)))
            let servers = [try await TestServer.start(redis: proxy.url), try await TestServer.start(redis: url)]
            try await volley(servers[0], watchedAt: servers[1], farewell)
            for server in servers { await server.stop() }
        }

        @Test("a name that one takes before it speaks is the one that is shown")
        func renamed() async throws {
            let server = try await TestServer.start()
            let watcher = try await ChatClient.join(server, room)
            let rename = EncodedFrame.text(
                #"{"topic":"rename","data":{"username":"Ada"}}"#, maskingKey: Self.key)
            try await shoot(server, "", rename.bytes + Self.send("hello"), .close)
            #expect(try await watcher.hears("messages").data["username"].string == "Ada")
            await server.stop()
        }

        @Test(
            "a member that comes back for one word: it is kept, and the member may come back",
            arguments: StoreKind.allCases)
        func knownMember(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let watcher = try await ChatClient.join(server, room)
            let ada = try await ChatClient.join(server, room, name: "Ada")
            let token = try await ada.hears("welcome").data["token"].string ?? ""
            await ada.close()
            try await watcher.hears("member_delete")
            try await shoot(server, "token=\(token)&name=Other", Self.send("one more word"), .close)
            let message = try await watcher.hears("messages").data
            #expect(message["username"].string == "Ada" && message["socket"].string == ada.id)
            try await eventually("it has left") { try await server.read(room).roster.count == 1 }
            await server.stop()
        }

        @Test("one whose member has a connection opened later says nothing")
        func leftBehind() async throws {
            let url = try await RedisServer.shared.url
            let proxy = try await FaultProxy(to: RedisServer.shared.port)
            let slow = try await TestServer.start(redis: proxy.url)
            let fast = try await TestServer.start(redis: url)
            let ada = try await ChatClient.join(slow, room)
            let token = try await ada.hears("welcome").data["token"].string ?? ""
            await proxy.set(.delay(.milliseconds(700)))
            async let late: Void = shoot(slow, "token=\(token)", Self.send("too late"), .fin)
            try await Task.sleep(for: .milliseconds(300))
            let newer = try await ada.comesBack(to: fast, room)
            await newer.say("here now", id: "1")
            try await newer.hears("ack")
            try await late
            // It doesn't stop before everybody is done there.
            await slow.stop()
            #expect(try await fast.read(room).messages.count == 1)
            await fast.stop()
        }

        @Test("of two connections to one server, what the older one has asked for comes before what the newer one says")
        func takenOver() async throws {
            let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
            let server = try await TestServer.start(redis: proxy.url)
            let watcher = try await ChatClient.join(server, room)
            let ada = try await ChatClient.join(server, room)
            await proxy.set(.delay(.milliseconds(100)))
            for index in 1...8 { await ada.say("old \(index)", id: "o\(index)") }
            let newer = try await ada.reconnects(to: server, room)
            await newer.say("new", id: "n")
            try await newer.hears("ack")
            #expect(try await ada.end() == 4_001)
            #expect(try await watcher.texts(9) == (1...8).map { "old \($0)" } + ["new"])
            await server.stop()
        }

        @Test("taken over at another server, the older connection says no more of what it was asked for")
        func takenOverElsewhere() async throws {
            let url = try await RedisServer.shared.url
            let proxy = try await FaultProxy(to: RedisServer.shared.port)
            let slow = try await TestServer.start(redis: proxy.url)
            let fast = try await TestServer.start(redis: url)
            let ada = try await ChatClient.join(slow, room)
            await proxy.set(.delay(.milliseconds(400)))
            for index in 1...10 { await ada.say("old \(index)", id: "o\(index)") }
            let newer = try await ada.comesBack(to: fast, room)
            #expect(try await ada.end() == 4_001)
            await newer.say("new", id: "n")
            try await newer.hears("ack")
            await slow.stop()
            // One may have been on its way when the news of it came.
            let texts = try await fast.read(room).messages.compactMap {
                JSONValue(String(decoding: $0.json, as: UTF8.self))
            }
            let after = texts.drop { $0["message"].string != "new" }
            #expect(after.count <= 2 && texts.count < 8)
            await fast.stop()
        }
    }
}
