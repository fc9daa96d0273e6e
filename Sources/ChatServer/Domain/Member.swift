/// Who is in a room. The name is a label; `socket` is the identity.
struct Member: Hashable, Sendable {
    /// One object, since many hold it for as long as somebody is there.
    private final class Kept: Sendable {
        let socket: String
        let username: String
        let joined: Int64
        /// nil for the face drawn for the socket, which all but a few have: not to hold its path for each of them.
        let ownAvatar: String?

        init(socket: String, username: String, joined: Int64, ownAvatar: String?) {
            (self.socket, self.username, self.joined, self.ownAvatar) = (socket, username, joined, ownAvatar)
        }
    }

    private var kept: Kept

    init(socket: String, username: String, avatar: String, joined: Int64) {
        let ownAvatar = avatar == AvatarDrawing.path(for: socket) ? nil : avatar
        kept = Kept(socket: socket, username: username, joined: joined, ownAvatar: ownAvatar)
    }

    var socket: String { kept.socket }

    var username: String {
        get { kept.username }
        set { kept = Kept(socket: socket, username: newValue, joined: joined, ownAvatar: kept.ownAvatar) }
    }

    /// Unix milliseconds by the store's clock; 0 until the store has set it.
    var joined: Int64 {
        get { kept.joined }
        set { kept = Kept(socket: socket, username: username, joined: newValue, ownAvatar: kept.ownAvatar) }
    }

    var avatar: String { kept.ownAvatar ?? AvatarDrawing.path(for: socket) }

    static func == (one: Member, other: Member) -> Bool {
        one.kept === other.kept
            || (one.socket, one.username, one.joined) == (other.socket, other.username, other.joined)
                && one.kept.ownAvatar == other.kept.ownAvatar
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(socket)
        hasher.combine(username)
    }

    static let longestName = 40

    /// The name without the white space around it; nil unless it has 1–40 characters and no control characters.
    static func validName(_ text: String) -> String? {
        // Plain ASCII, as most are: there a character is a byte, and none is hidden. Every message brings a name.
        let bytes = text.utf8
        if bytes.count <= longestName, let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20,
            bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        {
            return text
        }
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        let name = String(trimmed)
        // A character may be any number of scalars, so the bytes are bounded as well.
        guard (1...longestName).contains(name.count), name.utf8.count <= longestName * 16 else { return nil }
        guard name.unicodeScalars.allSatisfy({ !$0.isHiddenControl }) else { return nil }
        return name
    }
}

extension Unicode.Scalar {
    /// Control characters, and the invisible ones that turn the direction of what follows.
    fileprivate var isHiddenControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        }
    }
}

/// A member as the store keeps it: with the server that holds its connection, and how often it has attached.
struct StoredMember: Hashable, Sendable {
    var member: Member
    var server: String
    var generation: Int
}
