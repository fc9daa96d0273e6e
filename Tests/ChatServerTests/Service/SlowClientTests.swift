import TestSupport
import Testing
import WebSocket

@testable import ChatServer

extension LiveTests {
    @Suite("A client that doesn't read")
    struct SlowClientTests {
        @Test("it is brought up to date when it reads again, in order and with gaps told; the others don't feel it")
        func slow() async throws {
            let room = StoreFixture.uniqueRoom()
            let server = try await TestServer.start {
                $0.rate = 0
                $0.retention = 300
                // However long it takes here: being closed for it is another test's.
                $0.stallTimeout = .seconds(600)
            }
            let ada = try await ChatClient.join(server, room)
            var options = WebSocketClient.Options()
            // As little as can be waits on the way: what doesn't fit is the server's.
            (options.inboxLimit, options.isNarrow) = (1, true)
            let slow = try await WebSocketClient.connect(
                to: server.url("room=\(room)"), options: options, on: TestLoops.next())
            try await ada.hears("member_add", 2)

            // More than the kernel holds for it, and a budget.
            let text = String(repeating: "x", count: 8_000)
            for index in 1...2_000 {
                await ada.say(text, id: "\(index)")
                try await ada.hears("ack", index)
            }
            try await ada.hears("messages", 2_000)
            #expect(ada.all("ended").isEmpty)

            var seen = 0
            var gaps = 0
            while seen < 2_000 {
                guard case .text(let text) = try await slow.receive(), let event = JSONValue(text) else { continue }
                switch event["topic"].string {
                case "messages":
                    #expect(event["data"]["seq"].int == seen + 1)
                    seen = event["data"]["seq"].int ?? .max
                case "gap":
                    #expect(event["data"]["from"].int == seen + 1)
                    seen = event["data"]["to"].int ?? .max
                    gaps += 1
                default: break
                }
            }
            #expect(seen == 2_000 && gaps >= 1)
            await slow.close()
            try await ada.hears("member_delete")
            await server.stop()
        }
    }
}
