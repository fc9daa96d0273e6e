/// When a peer that reads too slowly is given up. A pure calculation; the owner has the clock.
struct StallLimit {
    /// How long it may take no byte at all.
    let timeout: Duration

    /// - Parameters:
    ///   - progress: when the system last took a byte for the peer.
    ///   - now: the time.
    func isOver(since progress: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> Bool {
        progress.advanced(by: timeout) <= now
    }
}
