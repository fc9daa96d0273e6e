import WebSocket

/// Somebody on the way into a room: which session, as whom, and what it has seen before.
///
/// An object, since many hold it, for as long as somebody is there.
final class JoinTicket: Equatable, Sendable {
    let session: WebSocketSession.ID
    let room: RoomName
    let socket: String
    let secret: String
    /// Where it left off; nil for whoever hasn't been here.
    let position: RoomPosition?

    init(session: WebSocketSession.ID, room: RoomName, socket: String, secret: String, position: RoomPosition?) {
        self.session = session
        self.room = room
        self.socket = socket
        self.secret = secret
        self.position = position
    }

    static func == (one: JoinTicket, other: JoinTicket) -> Bool { one === other }

    /// Resumes this identity.
    var token: String { MemberToken(socket: socket, secret: secret).text }
}
