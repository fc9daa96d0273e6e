/// What the system knows of the connection.
extension TCPConnection {
    /// How the system finds out that the peer has gone without a word; nil for what it does by itself.
    public var keepAlive: TCPKeepAlive? {
        get { state == .closed ? nil : System.keepAlive(of: descriptor) }
        set { if state != .closed, let newValue { System.setKeepAlive(newValue, on: descriptor) } }
    }

    /// How many bytes are under way: those that wait here, and those the other end's system hasn't acknowledged.
    package var unacknowledgedByteCount: Int {
        state == .closed ? 0 : queuedByteCount + System.unacknowledgedBytes(of: descriptor)
    }
}
