import WebSocket

/// Somebody on the way into a room: which session, and as whom.
struct JoinTicket: Sendable {
    let session: WebSocketSession.ID
    let room: RoomName
    let socket: String
    /// Resumes this identity: `<socket>.<secret>`.
    let token: String
}

/// What the hub has for the sessions of one loop, in order.
enum Delivery: Sendable {
    case broadcast(RoomName, SharedFrame)
    /// The joiner's opening; from here on it gets what the room gets.
    case opening(JoinTicket, [SharedFrame])
}
