/// Redis' time of day, as far as it can be told from here: it puts in order what happens on several servers. Pure.
///
/// The servers' own clocks need not agree. An answer that took long says too little and is passed over.
struct RedisClock: Sendable {
    private static let longestRoundTrip: Duration = .milliseconds(100)
    /// By so much two servers' answers for one moment may differ: each is wrong by half a round trip at most.
    static let tolerance = longestRoundTrip

    /// Unix milliseconds, and when it was so late.
    private var reading: (time: Int64, at: ContinuousClock.Instant)?

    /// Redis was asked for its time.
    /// - Parameter time: its answer, in Unix milliseconds.
    mutating func observe(_ time: Int64, asked: ContinuousClock.Instant, answered: ContinuousClock.Instant) {
        let roundTrip = asked.duration(to: answered)
        if roundTrip <= Self.longestRoundTrip { reading = (time, asked + roundTrip / 2) }
    }

    /// In Unix milliseconds; nil as long as Redis hasn't told.
    func time(at instant: ContinuousClock.Instant) -> Int64? {
        reading.map { $0.time + Int64($0.at.duration(to: instant) / .milliseconds(1)) }
    }
}
