/// A token bucket: so many a second on average, bursts of three times that.
struct RateLimit: Sendable {
    /// nil for a full bucket.
    private var tokens: Double?
    private var last: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { last = now }

    /// Takes one; nil when there was one, else how long to wait for the next.
    /// - Parameter perSecond: 0 switches the limit off.
    mutating func take(at now: ContinuousClock.Instant, perSecond: Int) -> Duration? {
        if perSecond <= 0 { return nil }
        let (perSecond, burst) = (Double(perSecond), Double(perSecond) * 3)
        let elapsed = last.duration(to: now) / Duration.seconds(1)
        var tokens = min(burst, (tokens ?? burst) + max(0, elapsed) * perSecond)
        defer { self.tokens = tokens }
        last = max(last, now)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return .seconds((1 - tokens) / perSecond)
    }
}
