/// Who is in a room. The name is a label; `socket` is the identity.
package struct Member: Hashable, Sendable {
    /// One object, since many hold it for as long as somebody is there.
    private final class Kept: Sendable {
        let socket: String
        let username: String
        let joined: Int64
        /// nil for the face drawn for the socket, which all but a few have: not to hold its path for each of them.
        let ownAvatar: String?
        let further: [UInt8]

        init(socket: String, username: String, joined: Int64, ownAvatar: String?, further: [UInt8]) {
            (self.socket, self.username, self.joined, self.ownAvatar) = (socket, username, joined, ownAvatar)
            self.further = further
        }
    }

    private var kept: Kept

    package init(socket: String, username: String, avatar: String, joined: Int64, further: [UInt8] = []) {
        let ownAvatar = avatar == Self.defaultAvatar(of: socket) ? nil : avatar
        kept = Kept(socket: socket, username: username, joined: joined, ownAvatar: ownAvatar, further: further)
    }

    /// The path of the face that is drawn for a member who has no other. A few characters tell faces apart, and rosters stay
    /// small.
    package static func defaultAvatar(of socket: String) -> String { "/avatars/\(socket.prefix(5)).svg" }

    package var socket: String { kept.socket }

    package var username: String {
        get { kept.username }
        set {
            kept = Kept(
                socket: socket, username: newValue, joined: joined, ownAvatar: kept.ownAvatar, further: further)
        }
    }

    /// Unix milliseconds by the store's clock; 0 until the store has set it.
    var joined: Int64 {
        get { kept.joined }
        set {
            kept = Kept(
                socket: socket, username: username, joined: newValue, ownAvatar: kept.ownAvatar, further: further)
        }
    }

    var avatar: String { kept.ownAvatar ?? Self.defaultAvatar(of: socket) }

    /// Fields of a later version of this server, as JSON with a comma before each: kept and passed on as they are.
    package var further: [UInt8] { kept.further }

    package static func == (one: Member, other: Member) -> Bool {
        one.kept === other.kept
            || (one.socket, one.username, one.joined) == (other.socket, other.username, other.joined)
                && one.kept.ownAvatar == other.kept.ownAvatar && one.further == other.further
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(socket)
        hasher.combine(username)
    }
}

/// A member as the store keeps it: with the server that holds its connection, and how often it has attached.
package struct StoredMember: Hashable, Sendable {
    var member: Member
    var server: String
    var generation: Int
}
