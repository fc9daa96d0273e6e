/// What a replica knows at one moment: enough to serve whoever joins, comes back, or was too slow.
package struct RoomView: Equatable, Sendable {
    package let epoch: String
    let previousEpoch: String?
    /// The last number given in the previous epoch.
    let base: Int
    /// The same of the epochs before that one, the latest first.
    var older: [EpochEnd] = []
    package let seq: Int
    package let rev: Int
    package let roster: Roster
    /// The newest messages, oldest first.
    let ring: [StoredMessage]

    /// How somebody who has seen the log up to a position is brought up to date.
    package enum Continuation: Equatable {
        /// With these, oldest first; where numbers are missing the store doesn't have them.
        case messages([StoredMessage])
        /// With what the store has after this number.
        case read(after: Int)
        /// Not at all: what was seen belongs to another history.
        case reset
    }

    func continuation(after position: RoomPosition) -> Continuation {
        let isSame = position.epoch == epoch && position.seq <= seq
        let isPrevious = position.epoch == previousEpoch && position.seq <= base
        let goesOn = (isPrevious || older.contains { $0.holds(position) }) && position.seq <= seq
        guard isSame || goesOn, position.seq >= 0 else { return .reset }
        if position.seq == seq { return .messages([]) }
        guard let oldest = ring.first?.seq, oldest <= position.seq + 1 else { return .read(after: position.seq) }
        return .messages(ring.filter { $0.seq > position.seq })
    }
}
