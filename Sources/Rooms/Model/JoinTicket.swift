/// Somebody on the way into a room: which session, and as whom.
///
/// An object, since many hold it, for as long as somebody is there.
package final class JoinTicket: Equatable, Sendable, SecretHolder {
    package let connection: ConnectionID
    package let room: RoomName
    package let socket: String
    private let inlineSecret: InlineText

    package init(connection: ConnectionID, room: RoomName, socket: String, secret: String) {
        self.connection = connection
        self.room = room
        self.socket = socket
        inlineSecret = InlineText(secret)
    }

    package static func == (one: JoinTicket, other: JoinTicket) -> Bool { one === other }

    package var description: String { "\(socket) on the way into \(room)" }

    package var secret: String { inlineSecret.text }

    /// Resumes this identity.
    package var token: String { MemberToken(socket: socket, secret: secret).text }
}
