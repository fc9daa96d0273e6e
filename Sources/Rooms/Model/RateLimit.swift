/// A token bucket: so many a second on average, and bursts.
package struct RateLimit: Sendable {
    /// When the bucket will be full: what it lacks is the time until then, which is all there is to remember.
    private var full = Moment.distantPast

    package init() {}

    /// Takes one; nil when there was one, else how long to wait for the next.
    /// - Parameters:
    ///   - perSecond: 0 switches the limit off.
    ///   - burst: how many seconds' worth the bucket holds, three by default.
    package mutating func take(
        at now: ContinuousClock.Instant, perSecond: Int, burst: Duration = .seconds(3)
    ) -> Duration? {
        if perSecond <= 0 { return nil }
        let (wait, fullAfterThis) = next(at: now, perSecond: perSecond, burst: burst)
        if wait > .zero { return wait }
        full = fullAfterThis
        return nil
    }

    /// Takes one that may not be there yet: how long to wait for it; nil, and none is taken, where that is too long.
    package mutating func reserve(
        at now: ContinuousClock.Instant, perSecond: Int, burst: Duration, within longest: Duration
    ) -> Duration? {
        if perSecond <= 0 { return .zero }
        let (wait, fullAfterThis) = next(at: now, perSecond: perSecond, burst: burst)
        if wait > longest { return nil }
        full = fullAfterThis
        return max(.zero, wait)
    }

    private func next(
        at now: ContinuousClock.Instant, perSecond: Int, burst: Duration
    ) -> (wait: Duration, fullAfterThis: Moment) {
        let now = Moment(now)
        let fullAfterThis = max(full, now).advanced(by: .seconds(1) / perSecond)
        return (now.duration(to: fullAfterThis) - burst, fullAfterThis)
    }
}
