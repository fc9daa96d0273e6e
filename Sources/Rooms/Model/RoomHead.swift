/// Where a room stands: in the store, or as far as this server has shown it.
package struct RoomHead: Hashable, Sendable {
    let epoch: String
    let seq: Int
    let rev: Int
    /// How many fields the roster has in the store; nil where that wasn't asked or can't be told.
    var count: Int?

    /// Nowhere: whoever compares with it reads the room.
    static let unknown = RoomHead(epoch: "", seq: 0, rev: 0)

    /// Whether this is an older state of what was known before: numbers never go down within an epoch, and no epoch comes
    /// back. Then the store's data were put back.
    func isBefore(_ known: RoomHead) -> Bool {
        epoch == known.epoch ? seq < known.seq || rev < known.rev : EpochOrder.isOlder(epoch, than: known.epoch)
    }
}

/// A place in a room's log: what somebody has seen.
package struct RoomPosition: Hashable, Sendable {
    package var epoch: String
    package var seq: Int

    package init(epoch: String, seq: Int) { (self.epoch, self.seq) = (epoch, seq) }
}
