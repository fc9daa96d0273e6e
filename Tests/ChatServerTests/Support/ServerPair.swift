@testable import ChatServer
@testable import Rooms

/// Two servers on one Redis, and somebody in one room on each.
struct ServerPair {
    let one: TestServer
    let two: TestServer
    let ada: ChatClient
    let bob: ChatClient

    static func start(_ url: String, _ room: RoomName) async throws -> ServerPair {
        let one = try await TestServer.start(redis: url)
        let two = try await TestServer.start(redis: url)
        let ada = try await ChatClient.join(one, room, name: "Ada")
        return ServerPair(one: one, two: two, ada: ada, bob: try await ChatClient.join(two, room, name: "Bob"))
    }

    func say(_ texts: String...) async throws {
        for text in texts {
            await ada.say(text, id: text)
            try await ada.hears("ack") { $0.data["id"].string == text }
            try await bob.shows(text)
        }
    }

    func stop() async {
        await one.stop()
        await two.stop()
    }
}
