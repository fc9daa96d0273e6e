public import Transport

/// What a server does. Every call is made on the loop of the connection that it is about.
///
/// It answers requests as well: the default of `respond(to:on:)` opens a WebSocket at `/`, says so to OPTIONS, and knows
/// nothing else.
public protocol WebSocketHandler: HTTPHandler {
    /// A session is open. What its peer sent with the handshake follows as messages.
    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop)
    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop)
    /// Nothing waits for the peer any more; the answer to `awaitDrain`.
    func drained(_ session: WebSocketSession, on loop: isolated EventLoop)
    /// The session was over its budget and drops marked frames: those that waited are gone, and its input is paused.
    ///
    /// `drained` follows when the rest has been written. Then send what was dropped anew, and call `caughtUp`. Until then
    /// the session belongs in no topic, and what it is sent may overtake what was published to it.
    /// - Parameter lowest: the lowest mark of the frames dropped.
    func overflowed(_ session: WebSocketSession, lowest: Int, on loop: isolated EventLoop)
    /// The session has ended; it comes exactly once, and last.
    func closed(_ session: WebSocketSession, _ ending: WebSocketSession.Ending, on loop: isolated EventLoop)
}

extension HTTPAnswer {
    /// By the handshake: a session if the request is a proper one, else the status that says what is wrong.
    public static var webSocket: HTTPAnswer { .upgrade(to: WebSocketUpgrader.name) }
}

extension WebSocketHandler {
    public func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer {
        if request.method == "OPTIONS", ["/", "*"].contains(request.path) { return .response(.options("GET")) }
        return request.path == "/" ? .webSocket : .response(.notFound)
    }
    public func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {}
    public func drained(_ session: WebSocketSession, on loop: isolated EventLoop) {}
    public func overflowed(_ session: WebSocketSession, lowest: Int, on loop: isolated EventLoop) {}
    public func closed(_ session: WebSocketSession, _ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {}
}
