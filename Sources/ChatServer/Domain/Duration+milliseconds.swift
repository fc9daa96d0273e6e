extension Duration {
    /// Whole milliseconds, for the wire.
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
