/// A token bucket: so many a second on average, bursts up to its size.
struct RateLimit: Sendable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var last: ContinuousClock.Instant

    /// - Parameter perSecond: 0 switches the limit off.
    init(perSecond: Int, burst: Int, now: ContinuousClock.Instant) {
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        tokens = self.burst
        last = now
    }

    /// Takes one; nil when there was one, else how long to wait for the next.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        if perSecond <= 0 { return nil }
        let elapsed = last.duration(to: now) / Duration.seconds(1)
        tokens = min(burst, tokens + max(0, elapsed) * perSecond)
        last = max(last, now)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return .seconds((1 - tokens) / perSecond)
    }
}
