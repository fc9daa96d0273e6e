/// One atomic look at a room in the store.
package struct RoomReading: Hashable, Sendable {
    /// What is asked of the store.
    package enum Request: Hashable, Sendable {
        /// The newest so many messages.
        case newest(Int)
        /// The messages that follow a number, oldest first, a page of them.
        case after(Int)
        /// The newest so many messages, of a fresh epoch: the store was found in an older state than this one, or in
        /// another one of the same number. Where it is in another epoch by now, that is as good.
        case fresh(Int, insteadOf: RoomHead)

        var isAfter: Bool { if case .after = self { true } else { false } }
        var isFresh: Bool { if case .fresh = self { true } else { false } }
    }

    /// How many messages a page of `.after` holds.
    static let pageSize = 256

    var epoch: String
    /// The epoch before this one, and the last number given in it: whoever was there and saw no more goes on.
    var previousEpoch: String?
    var base: Int
    /// The same of the epochs before that one, the latest first: a store that restarts twice in a row loses nothing either.
    var older: [EpochEnd] = []
    /// The last number given.
    var seq: Int
    /// Counts changes of the roster.
    var rev: Int
    var roster: [StoredMember]
    /// Oldest first.
    var messages: [StoredMessage]
    /// More messages follow those of this page.
    var isPartial: Bool
    /// The message with the number asked after, if the store has it: what was shown as this number must be the same.
    var known: StoredMessage?
    /// Fields of the roster that are no member's.
    var junkFields = 0

    /// Whether what was seen in an earlier epoch is all in this history.
    func continues(_ position: RoomPosition) -> Bool {
        let isPrevious = position.epoch == previousEpoch && position.seq <= base
        return isPrevious || older.contains { $0.holds(position) }
    }

    var head: RoomHead { RoomHead(epoch: epoch, seq: seq, rev: rev) }
}
