import WebSocket

/// What the service has under its paths.
enum ChatResource: Sendable {
    /// The WebSocket.
    case chat
    case live
    case health
    case metrics
    /// The page, its parts and the avatars, by their own table.
    case page

    /// - Parameter tellsMetrics: whether the counters may be read.
    static func routes(withMetrics tellsMetrics: Bool) -> Router<ChatResource> {
        Router(
            [
                .init("GET", "/ws", .chat, answersHEAD: false), .init("GET", "/live", .live),
                .init("GET", "/health", .health), .init("GET", "/", .page), .init("GET", "/*", .page),
            ] + (tellsMetrics ? [.init("GET", "/metrics", .metrics)] : []))
    }
}
