import WebSocket

extension ChatSession {
    /// How long a member may come back before it leaves: by how its connection ended.
    static func hold(after ending: WebSocketSession.Ending, connectedFor time: Duration) -> Duration {
        if ending.wasPeers, ending.code == .normalClosure { return .zero }
        if ending.wasPeers, ending.code == .goingAway { return .seconds(2) }
        return min(time, .seconds(5))
    }
}
