import FlyingFox
import Foundation

/// A broadcast with FlyingFox: each client is a stream in and a stream out.
actor Room {
    private var clients: [UUID: AsyncStream<WSMessage>.Continuation] = [:]

    func add(_ id: UUID, _ client: AsyncStream<WSMessage>.Continuation) { clients[id] = client }
    func remove(_ id: UUID) { clients[id] = nil }
    func broadcast(_ message: WSMessage) { for client in clients.values { client.yield(message) } }
}

struct Broadcast: WSMessageHandler {
    let room = Room()

    func makeMessages(for client: AsyncStream<WSMessage>) async throws -> AsyncStream<WSMessage> {
        let (stream, continuation) = AsyncStream<WSMessage>.makeStream()
        let id = UUID()
        await room.add(id, continuation)
        Task {
            for await message in client { await room.broadcast(message) }
            await room.remove(id)
            continuation.finish()
        }
        return stream
    }
}

@main
enum FlyingFoxPeerMain {
    static func main() async throws {
        let port = UInt16(CommandLine.arguments.dropFirst().first ?? "0") ?? 0
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port), timeout: 60, logger: .disabled)
        await server.appendRoute("GET /", to: .webSocket(Broadcast()))
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        print("listening on 127.0.0.1:\(port)")
        fflush(nil)
        try await running.value
    }
}
