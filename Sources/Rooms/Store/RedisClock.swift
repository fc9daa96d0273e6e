/// Redis' time of day, as far as it can be told from here: it puts in order what happens on several servers. Pure.
///
/// The servers' own clocks need not agree. Whoever uses a time that was told here says what time it took it to be, so that
/// Redis can say when its clock has been put forward or back since it was read.
package struct RedisClock: Sendable {
    /// An answer that took longer says too little.
    private static let longestRoundTrip: Duration = .milliseconds(100)
    /// Clocks drift, and machines are paused. Long enough for Redis to be away.
    private static let longestAge: Duration = .seconds(600)
    /// What can be a time in milliseconds: as many digits as the scripts take.
    private static let times: Range<Int64> = 0..<1_000_000_000_000_000
    /// By so much two servers' answers for one moment may differ: each is wrong by half a round trip at most.
    static let tolerance = longestRoundTrip

    /// Unix milliseconds, and when it was so late.
    private var reading: (time: Int64, at: ContinuousClock.Instant)?

    /// Redis was asked for its time.
    /// - Parameter time: its answer, in Unix milliseconds.
    mutating func observe(_ time: Int64, asked: ContinuousClock.Instant, answered: ContinuousClock.Instant) {
        let roundTrip = asked.duration(to: answered)
        guard roundTrip <= Self.longestRoundTrip, Self.times.contains(time) else { return }
        reading = (time, asked + roundTrip / 2)
    }

    /// In Unix milliseconds; nil where Redis hasn't told for a long time.
    func time(of instant: ContinuousClock.Instant, now: ContinuousClock.Instant) -> Int64? {
        guard let reading, reading.at.duration(to: now) <= Self.longestAge else { return nil }
        return reading.time + Int64(reading.at.duration(to: instant) / .milliseconds(1))
    }
}
