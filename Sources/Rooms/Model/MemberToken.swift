/// `<socket>.<secret>`: whoever shows it is that member.
package struct MemberToken: Hashable, Sendable, SecretHolder {
    package let socket: String
    package let secret: String

    init(socket: String, secret: String) {
        self.socket = socket
        self.secret = secret
    }

    /// nil for what can't be one of ours.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(MessageID.isValid) else { return nil }
        self.init(socket: parts[0], secret: parts[1])
    }

    package var description: String { "the token of \(socket)" }

    /// The whole of it, for its owner alone.
    var text: String { socket + "." + secret }

    /// Takes the same time wherever the two differ, so that a secret can't be guessed byte by byte.
    package func hasSecret(_ other: String) -> Bool {
        let (mine, theirs) = (Array(secret.utf8), Array(other.utf8))
        var difference = mine.count ^ theirs.count
        for index in mine.indices {
            difference |= Int(mine[index] ^ (theirs.isEmpty ? 0 : theirs[index % theirs.count]))
        }
        return difference == 0
    }
}
