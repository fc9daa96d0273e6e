import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

/// What a server said to a client, or how the connection ended.
struct Heard: Sendable, CustomStringConvertible {
    let topic: String
    let json: JSONValue
    let size: Int

    var data: JSONValue { json["data"] }
    var description: String { "\(topic) \(data)".prefix(200).description }

    static func ended(_ error: WebSocketClientError) -> Heard {
        var code = 0
        if case .closed(let closeCode, _) = error { code = Int(closeCode?.rawValue ?? 1_005) }
        return Heard(topic: "ended", json: JSONValue("{\"data\":\(code)}") ?? .nothing, size: 0)
    }
}

/// A client that writes down all it hears.
final class ChatClient: Sendable {
    let socket: WebSocketClient
    let heard = Recorder<Heard>()

    private init(_ socket: WebSocketClient) {
        self.socket = socket
        Task { [heard] in
            do throws(WebSocketClientError) {
                while true {
                    guard case .text(let text) = try await socket.receive(), let json = JSONValue(text) else {
                        heard.record(Heard(topic: "not JSON", json: .nothing, size: 0))
                        continue
                    }
                    heard.record(Heard(topic: json["topic"].string ?? "?", json: json, size: text.utf8.count))
                }
            } catch {
                heard.record(.ended(error))
            }
        }
    }

    /// Connects, and doesn't wait for anything the server may say.
    static func connect(
        _ server: TestServer, _ room: RoomName, name: String? = nil, origin: String? = nil
    ) async throws -> ChatClient {
        var options = WebSocketClient.Options()
        options.origin = origin
        let parameters = "room=\(room)" + (name.map { "&name=\($0)" } ?? "")
        let socket = try await WebSocketClient.connect(
            to: server.url(parameters), options: options, on: TestLoops.next())
        return ChatClient(socket)
    }

    /// Comes back as whoever this was, and is in the room when this returns.
    func comesBack(
        to server: TestServer, _ room: RoomName, token: String? = nil, epoch: String? = nil, after: Int? = nil
    ) async throws -> ChatClient {
        let client = try await reconnects(to: server, room, token: token, epoch: epoch, after: after)
        try await client.isIn()
        return client
    }

    /// Connects as whoever this was: with its token, and what it has seen.
    /// - Parameters:
    ///   - epoch, after: instead of what it has seen.
    func reconnects(
        to server: TestServer, _ room: RoomName, token: String? = nil, epoch: String? = nil, after: Int? = nil
    ) async throws -> ChatClient {
        let welcome = try await hears("welcome")
        let token = token ?? welcome.data["token"].string ?? ""
        let epoch = epoch ?? welcome.data["epoch"].string ?? ""
        let shown = all("messages").compactMap { $0.data["seq"].int }.max() ?? welcome.data["seq"].int ?? 0
        let parameters = "room=\(room)&token=\(token)&epoch=\(epoch)&after=\(after ?? shown)"
        return ChatClient(try await WebSocketClient.connect(to: server.url(parameters), on: TestLoops.next()))
    }

    /// Joins a room that this one is in alone, and reads nothing: as little as can be waits on the way, what doesn't fit is
    /// the server's.
    func joinedBySlow(_ server: TestServer, _ room: RoomName) async throws -> WebSocketClient {
        var options = WebSocketClient.Options()
        (options.inboxLimit, options.isNarrow) = (1, true)
        let slow = try await WebSocketClient.connect(
            to: server.url("room=\(room)"), options: options, on: TestLoops.next())
        try await hears("member_add", 2)
        return slow
    }

    /// Says so many long texts, each when the one before it is kept.
    func saysMuch(_ count: Int) async throws {
        let text = String(repeating: "x", count: 8_000)
        for index in 1...count {
            await say(text, id: "\(index)")
            try await hears("ack", index)
        }
    }

    /// Everything it was shown, by number, in the order it was shown: in histories and one by one.
    var shownNumbers: [Int] {
        heard.events.flatMap { event -> [Int] in
            switch event.topic {
            case "messages": [event.data["seq"].int].compactMap(\.self)
            case "message_history": event.data.array.compactMap { $0["seq"].int }
            default: []
            }
        }
    }

    /// Connects, and is in the room when this returns.
    static func join(_ server: TestServer, _ room: RoomName, name: String? = nil) async throws -> ChatClient {
        let client = try await connect(server, room, name: name)
        try await client.isIn()
        return client
    }

    func isIn() async throws {
        try await heard.wait("it joins") { events in
            guard let socket = Self.socket(in: events) else { return false }
            return events.contains { $0.topic == "member_add" && $0.data["socket"].string == socket }
        }
    }

    private static func socket(in events: [Heard]) -> String? {
        events.first { $0.topic == "welcome" }?.data["member"]["socket"].string
    }

    /// Its identity.
    var id: String { Self.socket(in: heard.events) ?? "" }

    // MARK: Saying

    func send(_ json: String) async { await socket.send(json) }

    func say(_ text: String, id: String? = nil) async {
        var json = JSONWriter()
        json.raw("{\"topic\":\"send\",\"data\":{\"message\":")
        json.string(text)
        if let id {
            json.raw(",\"id\":")
            json.string(id)
        }
        json.raw("}}")
        await send(String(decoding: json.bytes, as: UTF8.self))
    }

    // MARK: Hearing

    func all(_ topic: String) -> [Heard] { heard.events.filter { $0.topic == topic } }

    /// The `count`th event of this topic, as soon as it comes.
    @discardableResult
    func hears(_ topic: String, _ count: Int = 1, within limit: Duration = .seconds(20)) async throws -> Heard {
        let events = try await heard.wait("\(count) × \(topic)", within: limit) { events in
            events.count { $0.topic == topic } >= count
        }
        return events.filter { $0.topic == topic }[count - 1]
    }

    /// The event of this topic that meets a condition, as soon as it comes.
    @discardableResult
    func hears(
        _ topic: String, within limit: Duration = .seconds(20), where condition: @escaping @Sendable (Heard) -> Bool
    ) async throws -> Heard {
        let events = try await heard.wait("a certain \(topic)", within: limit) { events in
            events.contains { $0.topic == topic && condition($0) }
        }
        return try #require(events.first { $0.topic == topic && condition($0) })
    }

    /// Its texts in the order they were shown, as soon as there are so many.
    func texts(_ count: Int, within limit: Duration = .seconds(30)) async throws -> [String] {
        try await hears("messages", count, within: limit)
        return all("messages").compactMap { $0.data["message"].string }
    }

    /// The code it was closed with.
    func end(within limit: Duration = .seconds(20)) async throws -> Int {
        try await hears("ended", within: limit) { _ in true }.data.int ?? 0
    }

    func close(_ code: CloseCode = .normalClosure) async { await socket.close(code) }
}
