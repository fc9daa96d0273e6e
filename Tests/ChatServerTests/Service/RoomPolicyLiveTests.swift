import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms that are given out, not made by whoever comes")
    struct RoomPolicyLiveTests {
        private func start(_ kind: StoreKind, _ list: String...) async throws -> TestServer {
            let policy = try #require(RoomPolicy(allowing: list))
            return try await TestServer.start(kind) { $0.rooms = policy }
        }

        @Test(
            "a room that no pattern allows is refused in the handshake, and so is the lobby",
            arguments: StoreKind.allCases)
        func patterns(kind: StoreKind) async throws {
            let room = StoreFixture.uniqueRoom()
            let server = try await start(kind, "\(room)")
            _ = try await ChatClient.join(server, room)
            #expect(try await server.upgrade("room=\(room)") == 101)
            #expect(try await server.upgrade("room=\(room)x") == 400)
            #expect(try await server.upgrade("name=Ada") == 400)
            await server.stop()
        }

        @Test("a room that exists may be entered, another one is refused and not made", arguments: StoreKind.allCases)
        func existing(kind: StoreKind) async throws {
            let (open, room, other) = (
                StoreFixture.uniqueRoom(), StoreFixture.uniqueRoom(), StoreFixture.uniqueRoom()
            )
            let server = try await start(kind, "\(open)", "@existing")
            _ = try await ChatClient.join(server, open)
            let refused = try await ChatClient.connect(server, room)
            #expect(try await refused.hears("ended").data.int == 4_004)
            let message = OutgoingMessage(id: "x", member: StoreFixture.member("ada"), text: "hello")
            _ = try await server.append(message, to: room)
            _ = try await ChatClient.join(server, room)
            // Whoever says something and is gone is no exception.
            let passing = try await ChatClient.connect(server, other)
            await passing.say("I was here")
            #expect(try await passing.hears("ended").data.int == 4_004)
            #expect(try await server.exists(room))
            #expect(try await !server.exists(other))
            await server.stop()
        }
    }
}

extension TestServer {
    fileprivate func append(_ message: OutgoingMessage, to room: RoomName) async throws -> Receipt {
        let loop = TestLoops.group().loops[0]
        return try await store.append(message, to: room, by: .now + .seconds(5), on: loop)
    }

    fileprivate func exists(_ room: RoomName) async throws -> Bool {
        try await store.exists(room, by: .now + .seconds(5), on: TestLoops.group().loops[0])
    }
}
