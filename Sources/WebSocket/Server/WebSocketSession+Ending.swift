extension WebSocketSession {
    /// How a session ended.
    public struct Ending: Hashable, Sendable {
        /// The peer's code, or ours where we closed first; nil when a Close frame without one came.
        public let code: CloseCode?
        public let reason: String
        /// Whether Close frames went both ways.
        public let wasClean: Bool
        /// Whether a Close frame came from the peer first.
        public let wasPeers: Bool
    }
}
