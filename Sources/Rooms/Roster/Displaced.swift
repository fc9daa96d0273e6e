/// A session that has lost its member to another connection: it is closed.
package struct Displaced: Equatable, Sendable {
    package let connection: ConnectionID
    /// Whether what it was asked for before is still done: the other connection is on this server and waits for it. Where
    /// it is on another one, which knows nothing of that, nothing more may be said here.
    package let mayFinish: Bool
}
