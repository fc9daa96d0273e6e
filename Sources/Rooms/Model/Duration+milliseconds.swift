extension Duration {
    /// Whole milliseconds, for the wire.
    package var milliseconds: Int { Int(self / .milliseconds(1)) }
}
