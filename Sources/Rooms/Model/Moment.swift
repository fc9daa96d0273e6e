/// A point in time in 8 bytes, where a `ContinuousClock.Instant` takes 16. In nanoseconds, for 292 years.
package struct Moment: Comparable, Sendable {
    /// Before all others; only to be compared with.
    static let distantPast = Moment(nanoseconds: .min)
    /// Any will do.
    private static let origin = ContinuousClock.now

    fileprivate let nanoseconds: Int64

    private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    init(_ instant: ContinuousClock.Instant) {
        nanoseconds = Self.nanoseconds(Self.origin.duration(to: instant))
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    package static func < (one: Moment, other: Moment) -> Bool { one.nanoseconds < other.nanoseconds }

    func advanced(by duration: Duration) -> Moment {
        Moment(nanoseconds: nanoseconds + Self.nanoseconds(duration))
    }

    func duration(to later: Moment) -> Duration { .nanoseconds(later.nanoseconds - nanoseconds) }
}

/// A point in time in 4 bytes, for what is only asked whether it was a short while ago: every 49 days it is so again.
package struct RecentMoment: Sendable {
    private let milliseconds: UInt32

    package init(_ instant: ContinuousClock.Instant) {
        let nanoseconds = Moment(instant).nanoseconds
        // Rounded down, also before the origin: two moments differ by what lies between them.
        milliseconds = UInt32(truncatingIfNeeded: (nanoseconds - (nanoseconds < 0 ? 999_999 : 0)) / 1_000_000)
    }

    package func duration(to later: RecentMoment) -> Duration { .milliseconds(later.milliseconds &- milliseconds) }
}
