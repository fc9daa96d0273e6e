import WebSocket

/// Somebody on the way into a room: which session, and as whom.
///
/// An object, since many hold it, for as long as somebody is there.
final class JoinTicket: Equatable, Sendable, SecretHolder {
    let session: WebSocketSession.ID
    let room: RoomName
    let socket: String
    private let inlineSecret: InlineText

    init(session: WebSocketSession.ID, room: RoomName, socket: String, secret: String) {
        self.session = session
        self.room = room
        self.socket = socket
        inlineSecret = InlineText(secret)
    }

    static func == (one: JoinTicket, other: JoinTicket) -> Bool { one === other }

    var description: String { "\(socket) on the way into \(room)" }

    var secret: String { inlineSecret.text }

    /// Resumes this identity.
    var token: String { MemberToken(socket: socket, secret: secret).text }
}
