import TestSupport
import Transport
import WebSocket

/// What a server's handler was told.
enum ServerEvent: Sendable {
    case opened(WebSocketSession.ID)
    case received(WebSocketSession.ID, WebSocketMessage)
    case drained(WebSocketSession.ID)
    case closed(WebSocketSession.ID, WebSocketSession.Ending)

    var openedID: WebSocketSession.ID? { if case .opened(let id) = self { id } else { nil } }
    var ending: WebSocketSession.Ending? { if case .closed(_, let ending) = self { ending } else { nil } }
    var message: WebSocketMessage? { if case .received(_, let message) = self { message } else { nil } }
}

/// Writes down what it is told, and does what a test gives it to do: it echoes unless told otherwise.
struct TestHandler: WebSocketHandler {
    typealias Opened = @Sendable (WebSocketSession, HTTPRequest, isolated EventLoop) -> Void
    typealias Received = @Sendable (WebSocketMessage, WebSocketSession, isolated EventLoop) -> Void

    let recorder = Recorder<ServerEvent>()
    var onRequest: @Sendable (HTTPRequest) -> HTTPAnswer = { $0.path == "/" ? .webSocket : .response(.notFound) }
    var onOpened: Opened = { _, _, _ in }
    var onReceived: Received = { message, session, loop in session.send(message, on: loop) }
    var onOverflowed: @Sendable (WebSocketSession, Int, isolated EventLoop) -> Void = { _, _, _ in }
    var onDrained: @Sendable (WebSocketSession, isolated EventLoop) -> Void = { _, _ in }

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer { onRequest(request) }

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        recorder.record(.opened(session.id))
        onOpened(session, request, loop)
    }

    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {
        recorder.record(.received(session.id, message))
        onReceived(message, session, loop)
    }

    func overflowed(_ session: WebSocketSession, lowest: Int, on loop: isolated EventLoop) {
        onOverflowed(session, lowest, loop)
    }

    func drained(_ session: WebSocketSession, on loop: isolated EventLoop) {
        recorder.record(.drained(session.id))
        onDrained(session, loop)
    }

    func closed(_ session: WebSocketSession, _ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        recorder.record(.closed(session.id, ending))
    }
}

/// A server on the tests' shared loops, at a port of its own.
final class TestServer: Sendable {
    let server: WebSocketServer
    let address: SocketAddress
    let recorder: Recorder<ServerEvent>

    var url: String { "ws://\(address)/" }

    /// Runs `body` with a server, and shuts it down behind it.
    static func run(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(), _ handler: TestHandler = TestHandler(),
        on group: EventLoopGroup = TestLoops.group(), _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = configuration
        // On a busy machine a test may lose more than the usual times between two of its steps.
        let usual = WebSocketConfiguration()
        if configuration.http.requestTimeout == usual.http.requestTimeout {
            configuration.http.requestTimeout = .seconds(300)
        }
        if configuration.pingInterval == usual.pingInterval { configuration.pingInterval = .seconds(300) }
        let server = WebSocketServer(configuration, handler: handler, on: group)
        let address = try await server.listen(on: .loopback(port: 0))
        let test = TestServer(server, address, handler.recorder)
        do {
            try await body(test)
        } catch {
            await server.shutDown()
            throw error
        }
        try await within(.seconds(20), "the server shuts down") { await server.shutDown() }
    }

    /// The same on loops of its own: what depends on time isn't held up by other tests.
    static func runAlone(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(), _ handler: TestHandler = TestHandler(),
        poller: EventLoopGroup.PollerKind = .best, loops count: Int = 1,
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let group = try EventLoopGroup(count: count, poller: poller)
        do {
            try await run(configuration, handler, on: group, body)
        } catch {
            await group.shutDown()
            throw error
        }
        await group.shutDown()
    }

    private init(_ server: WebSocketServer, _ address: SocketAddress, _ recorder: Recorder<ServerEvent>) {
        (self.server, self.address, self.recorder) = (server, address, recorder)
    }

    /// A raw peer, its handshake not yet begun.
    func peer(receiveBuffer: Int32? = nil) async throws -> RawPeer {
        try await RawPeer.connect(to: address, receiveBuffer: receiveBuffer, on: server.group.next())
    }

    /// A raw peer that sends one chunk every `interval`.
    func peer(sending chunks: [[UInt8]], every interval: Duration) async throws -> RawPeer {
        try await RawPeer.connect(to: address, sending: chunks, every: interval, on: server.group.next())
    }

    /// A raw peer whose handshake is done.
    func upgradedPeer(_ target: String = "/", receiveBuffer: Int32? = nil) async throws -> RawPeer {
        try await RawPeer.upgraded(to: address, target: target, receiveBuffer: receiveBuffer, on: server.group.next())
    }

    func client(_ options: WebSocketClient.Options = .init()) async throws -> WebSocketClient {
        try await WebSocketClient.connect(to: url, options: options, on: server.group.next())
    }

    /// How the first session to end has ended.
    func ending(within limit: Duration = .seconds(30)) async throws -> WebSocketSession.Ending {
        let events = try await recorder.wait("a session ends", within: limit) { $0.contains { $0.ending != nil } }
        return events.compactMap(\.ending)[0]
    }

    /// Waits until so many sessions are open; their names, the oldest first.
    @discardableResult
    func sessions(_ count: Int) async throws -> [WebSocketSession.ID] {
        let events = try await recorder.wait("\(count) sessions open") { events in
            events.count { $0.openedID != nil } >= count
        }
        return events.compactMap(\.openedID)
    }

    /// Runs `body` with a session that is open, on its loop.
    func onSession<Value: Sendable>(
        _ id: WebSocketSession.ID, _ body: @escaping @Sendable (WebSocketSession, isolated EventLoop) -> Value
    ) async throws -> Value {
        let value = await onLoop(id.loop) { context, loop in context.session(id).map { body($0, loop) } }
        guard let value else { throw TestFailure("the session has ended") }
        return value
    }

    func onLoop<Value: Sendable>(
        _ index: Int, _ body: @escaping @Sendable (WebSocketLoop, isolated EventLoop) -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            server.submit(toLoop: index) { context, loop in continuation.resume(returning: body(context, loop)) }
        }
    }

    /// How many sessions there are on all loops.
    var sessionCount: Int {
        get async {
            var count = 0
            for index in server.group.loops.indices {
                count += await onLoop(index) { context, _ in context.sessionCount }
            }
            return count
        }
    }

    /// Waits until nothing is left of any connection.
    func isEmpty() async throws {
        try await eventually("no connection is left") {
            let sessions = await sessionCount
            return sessions == 0 && server.connectionCount == 0
        }
    }
}
