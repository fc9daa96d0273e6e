import WebSocket

/// A server, and clients over the loopback that listen to what is published there.
struct Audience {
    private let server: WebSocketServer

    /// Returns when all of them listen.
    init(listeners: Int, isCompressing: Bool = false) async throws {
        var configuration = WebSocketConfiguration()
        // Nothing may depend on how long anything takes.
        configuration.gatherDelay = .zero
        if isCompressing { configuration.compression = .init() }
        server = WebSocketServer(configuration, handler: Host(), on: try EventLoopGroup(count: 1))
        let address = try await server.listen(on: .loopback(port: 0))
        let (answers, answered) = AsyncStream<Void>.makeStream()
        // On a loop of their own: what the server's does in one go stays free of them.
        let group = try EventLoopGroup(count: 1)
        group.loops[0].submit { loop in
            for _ in 0..<listeners { Subscriber.connect(to: address, answered: answered, on: loop) }
        }
        for await _ in answers.prefix(listeners) {}
    }

    /// An operation is a tick of the server's loop, in which so many frames are published.
    func count(
        _ repetitions: Int, messages: Int, _ makeFrame: @escaping @Sendable () -> SharedFrame
    ) async throws -> Int {
        await withCheckedContinuation { continuation in
            server.submit(toLoop: 0) { context, loop in
                let sum = warmUpAndCount(repetitions) {
                    var byteCount = 0
                    for _ in 0..<messages {
                        let frame = makeFrame()
                        context.topics.publish(frame, to: Host.topic, on: loop)
                        byteCount += frame.byteCount
                    }
                    context.topics.tickEnds(on: loop)
                    return byteCount
                }
                continuation.resume(returning: sum)
            }
        }
    }
}

private struct Host: WebSocketHandler {
    static let topic = "all"

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        session.neighbours.topics.subscribe(session, to: Self.topic, on: loop)
    }

    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {}
}
