public import Transport

/// An RFC 6455 server on any number of loops: an HTTP server whose connections may become WebSockets.
///
/// ```swift
/// let server = WebSocketServer(handler: Echo(), on: group)
/// let address = try await server.listen(on: .loopback(port: 8080))
/// ```
public final class WebSocketServer: Sendable {
    public let configuration: WebSocketConfiguration
    public let group: EventLoopGroup
    private let loops: [LoopBound<WebSocketLoop>]
    private let meter = WebSocketMeter()
    private let http: HTTPServer

    public init(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(), handler: any WebSocketHandler,
        on group: EventLoopGroup
    ) {
        self.configuration = configuration
        self.group = group
        let limiter = ConnectionLimiter(configuration.http)
        let loops = group.loops.map { [meter] loop in
            let context = WebSocketLoop(
                configuration: configuration, handler: handler, meter: meter, limiter: limiter)
            return LoopBound(context, loop: loop)
        }
        self.loops = loops
        http = HTTPServer(
            configuration.http, handler: handler, upgraders: [WebSocketUpgrader(loops: loops)], limiter: limiter,
            on: group)
    }

    /// How many connections there are, those still in their handshake included, those refused not.
    public var connectionCount: Int { http.connectionCount }

    /// What it has done, and refused, so far.
    public var metrics: WebSocketMetrics {
        var metrics = meter.current
        metrics.http = http.metrics
        return metrics
    }

    /// Starts accepting connections; the address is the one listened on, with the port that the system chose for 0.
    /// - Throws: `SystemError`, for one when the port is taken.
    @discardableResult
    public func listen(on address: SocketAddress) async throws(SystemError) -> SocketAddress {
        try await http.listen(on: address)
    }

    // MARK: Reaching the sessions

    /// Runs `body` on a loop, with what the server has there. Bodies for one loop run in the order they came.
    public func submit(
        toLoop index: Int, _ body: @escaping @Sendable (WebSocketLoop, isolated EventLoop) -> Void
    ) {
        let box = loops[index]
        box.loop.submit { loop in body(box.open(on: loop), loop) }
    }

    /// Like `submit`, but at once where the caller is on that loop already.
    public func perform(
        onLoop index: Int, from current: isolated EventLoop,
        _ body: @escaping @Sendable (WebSocketLoop, isolated EventLoop) -> Void
    ) {
        if loops[index].loop === current { return body(loops[index].open(on: current), current) }
        submit(toLoop: index, body)
    }

    /// Sends the frame to every listener of `topic`, on all loops: one job a loop.
    public func publish(_ frame: SharedFrame, to topic: String) {
        for index in loops.indices {
            submit(toLoop: index) { context, loop in context.topics.publish(frame, to: topic, on: loop) }
        }
    }

    // MARK: The end

    /// Stops accepting connections.
    public func stopListening() async { await http.stopListening() }

    /// From now on every response closes its connection, and connections that wait for another request end at once, so
    /// that clients and balancers look elsewhere. Connections are accepted and sessions opened as before.
    public func startDraining() { http.startDraining() }

    /// Returns when there is no session any more, whatever other connections there are.
    public func waitUntilFreeOfSessions() async {
        for index in loops.indices {
            await withCheckedContinuation { continuation in
                submit(toLoop: index) { context, _ in context.whenEmpty { continuation.resume() } }
            }
        }
    }

    /// Stops accepting, sends every session a Close frame, and returns when the last has ended: at most the
    /// configuration's `closeTimeout`, or that of `http`, later.
    public func shutDown(_ code: CloseCode = .goingAway, reason: String = "") async {
        await stopListening()
        http.startClosing()
        for index in loops.indices {
            submit(toLoop: index) { context, loop in context.closeAll(code, reason: reason, on: loop) }
        }
        await waitUntilEmpty()
    }

    /// Returns when there is no connection any more.
    public func waitUntilEmpty() async {
        // In this order: while there is one that speaks HTTP, there may be another session.
        await http.waitUntilEmpty()
        await waitUntilFreeOfSessions()
    }

    /// Should the process stand still for longer than `limit`, every session is closed before anything is read from it.
    public func closeAllAfterFreeze(longerThan limit: Duration, _ code: CloseCode) {
        for (index, box) in loops.enumerated() {
            http.submit(toLoop: index) { http, loop in
                let closer = FreezeCloser(sessions: box.open(on: loop), http: http, code: code)
                loop.watchForStalls(longerThan: limit, closer)
            }
        }
    }
}

/// Ends all connections of a loop when the process has stood still.
private final class FreezeCloser: StallHandler {
    private let sessions: WebSocketLoop
    private let http: HTTPServerLoop
    private let code: CloseCode

    init(sessions: WebSocketLoop, http: HTTPServerLoop, code: CloseCode) {
        (self.sessions, self.http, self.code) = (sessions, http, code)
    }

    func loopStalled(for time: Duration, on loop: isolated EventLoop) {
        Log.warning("this process stood still for \(time): every session is closed")
        http.endAll(on: loop)
        sessions.closeAll(code, reason: "the server was frozen for too long", on: loop)
    }
}
