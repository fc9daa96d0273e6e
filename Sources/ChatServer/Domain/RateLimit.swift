/// A token bucket: so many a second on average, bursts of three times that.
struct RateLimit: Sendable {
    /// An empty bucket is full after this: three times as many come in as a second brings.
    private static let refill: Duration = .seconds(3)

    /// When the bucket will be full: what it lacks is the time until then, which is all there is to remember.
    private var full = Moment.distantPast

    /// Takes one; nil when there was one, else how long to wait for the next.
    /// - Parameter perSecond: 0 switches the limit off.
    mutating func take(at now: ContinuousClock.Instant, perSecond: Int) -> Duration? {
        if perSecond <= 0 { return nil }
        let now = Moment(now)
        let fullAfterThis = max(full, now).advanced(by: .seconds(1) / perSecond)
        let wait = now.duration(to: fullAfterThis) - Self.refill
        if wait > .zero { return wait }
        full = fullAfterThis
        return nil
    }
}
