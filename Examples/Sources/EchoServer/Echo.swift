import WebSocket

/// Sends every message back: text as text, binary as binary.
struct Echo: WebSocketHandler {
    /// When more bytes than this wait for a peer, nothing more is read from it.
    static let highWater = 65_536

    /// Pages from anywhere may connect, at any path: there is nothing to protect here.
    static func configuration(maxMessage: Int, maxFragments: Int, compresses: Bool) -> WebSocketConfiguration {
        var configuration = WebSocketConfiguration()
        configuration.limits = .init(messageSize: maxMessage, fragments: maxFragments)
        configuration.http.origins = .any
        if compresses {
            var compression = PerMessageDeflate.Options()
            compression.threshold = 0
            compression.allowsClientContextTakeover = true
            configuration.compression = compression
        }
        // What may wait when reading stops, one message on top, and the answers to what had been read by then.
        configuration.outboundBudget = highWater + maxMessage + 2 * EventLoop.readBufferSize
        configuration.closeTimeout = .seconds(3)
        configuration.http.closeTimeout = configuration.closeTimeout
        return configuration
    }

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer { .webSocket }

    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {
        session.send(message, on: loop)
        // A peer that reads slowly is slowed down in its sending; none of its messages is dropped.
        if session.queuedByteCount > Self.highWater {
            session.pauseInput(on: loop)
            session.awaitDrain(on: loop)
        }
    }

    func drained(_ session: WebSocketSession, on loop: isolated EventLoop) { session.resumeInput(on: loop) }
}
