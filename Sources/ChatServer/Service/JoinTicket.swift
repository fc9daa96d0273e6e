import WebSocket

/// Somebody on the way into a room: which session, as whom, and what it has seen before.
struct JoinTicket: Equatable, Sendable {
    let session: WebSocketSession.ID
    let room: RoomName
    let socket: String
    let secret: String
    /// Where it left off; nil for whoever hasn't been here.
    let position: RoomPosition?

    /// Resumes this identity.
    var token: String { MemberToken(socket: socket, secret: secret).text }
}
