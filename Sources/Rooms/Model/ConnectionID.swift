/// Names a client's connection to this server, of whatever kind: the loop it lives on, and which one it is there.
package struct ConnectionID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The index of its loop in the server's group.
    package var loop: Int { Int(rawValue >> 48) }
}
