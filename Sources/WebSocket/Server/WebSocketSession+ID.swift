extension WebSocketSession {
    /// Names a session anywhere; look it up on its loop.
    public struct ID: Hashable, Sendable {
        package let rawValue: UInt64

        package init(rawValue: UInt64) { self.rawValue = rawValue }

        init(loop: Int, number: UInt64) { rawValue = UInt64(loop) << 48 | number }

        /// The index of its loop in the group.
        public var loop: Int { Int(rawValue >> 48) }
        var number: UInt64 { rawValue & (1 << 48 - 1) }
    }
}
