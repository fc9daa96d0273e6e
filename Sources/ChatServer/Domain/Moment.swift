/// A point in time in 8 bytes, where a `ContinuousClock.Instant` takes 16. In nanoseconds, for 292 years.
struct Moment: Comparable, Sendable {
    /// A duration in 8 bytes.
    struct Span: Sendable {
        private let nanoseconds: Int64
        init(_ duration: Duration) { nanoseconds = Moment.nanoseconds(duration) }
        var duration: Duration { .nanoseconds(nanoseconds) }
    }

    static let distantPast = Moment(nanoseconds: .min)
    /// Any will do.
    private static let origin = ContinuousClock.now

    private let nanoseconds: Int64

    private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    init(_ instant: ContinuousClock.Instant) {
        nanoseconds = Self.nanoseconds(Self.origin.duration(to: instant))
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    static func < (one: Moment, other: Moment) -> Bool { one.nanoseconds < other.nanoseconds }

    func advanced(by duration: Duration) -> Moment {
        Moment(nanoseconds: nanoseconds + Self.nanoseconds(duration))
    }

    func duration(to later: Moment) -> Duration { .nanoseconds(later.nanoseconds - nanoseconds) }
}
