/// Something that has happened in a room, as a value: each dialect says it in its own bytes.
package struct RoomEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case message(StoredMessage)
        /// Numbers whose messages the store no longer has, both ends included.
        case gap(from: Int, through: Int)
        case joined(Member, rev: Int)
        case renamed(Member, rev: Int)
        case left(socket: String, rev: Int)
        case typing(socket: String)
        /// How many members there are, where single ones aren't told.
        case count(Int)
        /// What follows belongs to another log than what came before.
        case reset
    }

    package let kind: Kind
    /// Where the room's log stands after it.
    package let position: RoomPosition

    package init(_ kind: Kind, at position: RoomPosition) {
        self.kind = kind
        self.position = position
    }
}
