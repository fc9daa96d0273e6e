/// What a replica asks of its owner, in order.
extension RoomReplica {
    package enum Output: Equatable {
        /// Read the store, and hand the result to `complete` with this number.
        case read(RoomReading.Request, number: Int)
        /// To everybody in the room.
        case event(RoomEvent)
        /// A member awaited here is in the roster: it is shown the room as it is now, then what is said after this.
        case joined(socket: String, RoomView)
        /// A member's connection is the one of this generation now.
        case moved(socket: String, generation: Int)
        /// A member of this server was taken out of the store's roster: it is to be put back.
        case removed(socket: String)
        /// A payload that can't be ours was dropped.
        case junk
        /// An event of a kind that only a later version of this server knows has been counted, and isn't shown.
        case unknown
    }
}
