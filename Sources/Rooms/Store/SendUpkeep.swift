/// When a message of a room may be kept by the quick script, and when the thorough one is due, which also mends the room
/// and keeps its keys for longer. Pure.
struct SendUpkeep: Sendable {
    /// The thorough script is used at least so often while the room is spoken in.
    static let interval: Duration = .seconds(3_600)
    /// And after so many quick ones.
    static let quickSends = 15

    private var last: ContinuousClock.Instant?
    private var count = 0

    /// Whether the next message may be kept quickly; where it may not, the thorough script is taken to be used now.
    mutating func mayBeQuick(at now: ContinuousClock.Instant) -> Bool {
        if let last, last.duration(to: now) < Self.interval, count < Self.quickSends {
            count += 1
            return true
        }
        (last, count) = (now, 0)
        return false
    }

    /// Something isn't as it should be: the next message is kept thoroughly.
    mutating func demand() { last = nil }
}
