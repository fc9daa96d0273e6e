import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Leaving a room")
    struct LeavingTests {
        private let room = StoreFixture.uniqueRoom()

        /// When the room's roster in the store is exactly these.
        private func roster(_ server: TestServer, is expected: [String]) async throws {
            try await eventually("the roster is \(expected)") {
                Set(try await server.read(room).roster.map(\.member.socket)) == Set(expected)
            }
        }

        @Test("a member leaves with its Close, and when its connection is cut", arguments: StoreKind.allCases)
        func leaving(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let watcher = try await ChatClient.join(server, room)
            let closing = try await ChatClient.join(server, room)
            let cut = try await ChatClient.join(server, room)
            await closing.close()
            try await watcher.hears("member_delete") { [id = closing.id] in $0.data.string == id }
            await cut.socket.abort()
            try await watcher.hears("member_delete") { [id = cut.id] in $0.data.string == id }
            try await roster(server, is: [watcher.id])
            let joiner = try await ChatClient.join(server, room)
            #expect(try await joiner.hears("member_history").data.object.count == 2)
            await server.stop()
        }

        @Test("40 clients that connect and vanish, at any moment of it, leave no ghosts", arguments: StoreKind.allCases)
        func vanishing(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let watcher = try await ChatClient.join(server, room)
            let request = server.upgradeRequest("room=\(room)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let raw = try await RawConnection.connect(to: server.port)
                        switch index % 4 {
                        case 0: await raw.send(String(request.prefix(60)))
                        case 1: await raw.send(request)
                        case 2:
                            await raw.send(request)
                            try await raw.received("the handshake's answer") { $0.contains("\r\n\r\n") }
                        default:
                            await raw.send(request)
                            try await raw.received("the welcome") { $0.contains("welcome") }
                        }
                        await raw.close()
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("they are gone from the server") { server.connectionCount == 1 }
            try await roster(server, is: [watcher.id])
            try await eventually("and from the watcher's eyes") {
                watcher.all("member_add").count - 1 == watcher.all("member_delete").count
            }
            await server.stop()
        }

        @Test(
            "when a server stops, its clients are told when to come back, and its members stay for them",
            arguments: [1, 40])
        func stopping(count: Int) async throws {
            let url = try await RedisServer.shared.url
            let one = try await TestServer.start(redis: url)
            let two = try await TestServer.start(redis: url)
            let watcher = try await ChatClient.join(two, room)
            var clients: [ChatClient] = []
            for _ in 0..<count { clients.append(try await ChatClient.join(one, room)) }
            await one.stop()
            #expect(try await two.read(room).roster.count == count + 1)
            for client in clients {
                #expect(try await client.end() == 1_012)
                #expect(client.all("reconnect").count == 1)
            }
            #expect(watcher.all("member_delete").isEmpty)
            await two.stop()
        }

        @Test("a stop leaves nobody hanging who is just coming in", arguments: StoreKind.allCases)
        func stoppingWhileJoining(kind: StoreKind) async throws {
            let server = try await TestServer.start(kind)
            let room = room
            let joins = Task {
                await withTaskGroup { group in
                    for _ in 0..<30 { group.addTask { _ = try? await ChatClient.connect(server, room) } }
                }
            }
            await server.stop()
            await joins.value
            try await eventually("all have ended") { server.connectionCount == 0 }
        }
    }
}
