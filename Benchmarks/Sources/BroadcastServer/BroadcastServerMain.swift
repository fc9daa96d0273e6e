import Foundation
import WebSocket

/// Our own server: every message goes to everybody, as the library's documentation would write it.
struct Broadcast: WebSocketHandler {
    let server: Locked

    /// The server, which is made after its handler.
    final class Locked: @unchecked Sendable {
        // Set once, before the first connection.
        var server: WebSocketServer?
    }

    /// Whether everything comes from Redis.
    let isRelay: Bool

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer { .webSocket }

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        session.neighbours.topics.subscribe(session, to: "all", on: loop)
    }

    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {
        if isRelay { return }
        server.server?.publish(SharedFrame(message.encoded()), to: "all")
    }
}

@main
enum BroadcastServerMain {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let (port, threads) = (arguments.first ?? 0, arguments.dropFirst().first ?? 1)
        let termination = try TerminationSignal()
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 16 << 20
        let box = Broadcast.Locked()
        let group = try EventLoopGroup(count: threads)
        let redisPort = arguments.dropFirst(2).first
        let server = WebSocketServer(
            configuration, handler: Broadcast(server: box, isRelay: redisPort != nil), on: group)
        box.server = server
        if let redisPort { try await RedisRelay(server).start(redisPort: redisPort, on: group.loops[0]) }
        print("listening on \(try await server.listen(on: .loopback(port: UInt16(port))))")
        fflush(nil)
        await termination.wait()
        exit(0)
    }
}
