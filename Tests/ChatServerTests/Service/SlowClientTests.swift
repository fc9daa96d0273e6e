import TestSupport
import Testing
import WebSocket

@testable import ChatServer

extension LiveTests {
    @Suite("A client that doesn't read")
    struct SlowClientTests {
        @Test("it is closed with 1013 at its budget; the others get everything and don't feel it")
        func slow() async throws {
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start {
                $0.rate = 0
                $0.closeTimeout = .seconds(60)
            }
            let ada = try await ChatClient.join(server, room)
            let slow = try await RawConnection.connect(to: server.port)
            await slow.send(server.upgradeRequest("room=\(room)"))
            try await slow.received("its welcome") { $0.contains("welcome") }
            try await ada.hears("member_add", 2)
            await slow.pause()

            // More than the kernel holds for it (some 10 MB), and a budget.
            let text = String(repeating: "x", count: 8_000)
            for index in 1...2_000 {
                await ada.say(text, id: "\(index)")
                try await ada.hears("ack", index)
            }
            try await ada.hears("messages", 2_000)
            await ada.say("the last", id: "last")
            try await ada.hears("messages", 2_001)
            #expect(ada.all("ended").isEmpty)

            await slow.resume()
            try await slow.ends(with: EncodedFrame.close(.tryAgainLater, reason: "you read too slowly").bytes)
            await slow.close()
            try await ada.hears("member_delete")
            await server.stop()
        }
    }
}
