/// When to ping a quiet peer and when to give it up: RFC 6455 §5.5.2. A pure calculation; the owner has the clock.
///
/// Any byte from the peer counts as a sign of life, not only a pong.
public struct KeepAlive: Sendable {
    /// What is to be done now.
    public enum Action: Sendable, Hashable {
        /// Nothing before ``KeepAlive/deadline``.
        case none
        /// Send a ping.
        case ping
        /// The ping went unanswered: end the connection.
        case lost
    }

    /// When ``due(at:)`` is to be asked next.
    public private(set) var deadline: ContinuousClock.Instant
    private let interval: UInt32
    private let timeout: UInt32
    private var awaitsAnswer = false

    /// - Parameters:
    ///   - interval: how long a peer may be quiet before it is pinged; at least 1 ms, at most some 49 days, in whole ms.
    ///   - timeout: how long it then has to answer; likewise.
    ///   - now: when the connection was opened.
    ///   - advance: by what part of the interval the first ping comes earlier, 0 to 1. Different for each, it keeps those
    ///     who came together from being pinged together ever after.
    public init(interval: Duration, timeout: Duration, now: ContinuousClock.Instant, advance: Double = 0) {
        // In ms to keep an idle connection small: two Durations take 32 bytes, these take 8.
        self.interval = Self.milliseconds(interval)
        self.timeout = Self.milliseconds(timeout)
        deadline = now + .milliseconds(self.interval) * (1 - min(1, max(0, advance)))
    }

    /// Notes that bytes arrived.
    ///
    /// - Returns: whether a ping was waiting for them: the deadline may have come nearer by that, as otherwise it never
    ///   does.
    @discardableResult
    public mutating func heard(at now: ContinuousClock.Instant) -> Bool {
        let wasAnswer = awaitsAnswer
        awaitsAnswer = false
        deadline = now + .milliseconds(interval)
        return wasAnswer
    }

    /// Says what is due, and takes it as done.
    public mutating func due(at now: ContinuousClock.Instant) -> Action {
        guard now >= deadline else { return .none }
        guard !awaitsAnswer else { return .lost }
        awaitsAnswer = true
        deadline = now + .milliseconds(timeout)
        return .ping
    }

    private static func milliseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        guard seconds < 4_294_967 else { return .max }
        guard seconds >= 0 else { return 1 }
        return max(1, UInt32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
    }
}
