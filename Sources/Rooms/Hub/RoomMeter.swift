import Transport

/// What the rooms of this server have seen since it began.
package final class RoomMeter: Sendable {
    package struct Counts: Sendable {
        /// Joins and resumptions that ended an older connection of the same member.
        package var takenOver = 0
        /// Payloads from the store that no server of ours can have published.
        package var junk = 0
        /// Events of kinds that only a later version of this server knows, which were counted and not shown.
        package var unknownEvents = 0
        package var openedRooms = 0
        package var closedRooms = 0
    }

    private let counts = Locked(Counts())

    package init() {}

    package var current: Counts { counts.withLock { $0 } }

    func count(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }
}
