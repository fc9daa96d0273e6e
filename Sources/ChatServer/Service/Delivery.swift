import Rooms
import WebSocket

/// What the hub has for the sessions of one loop, in order.
enum Delivery: Sendable {
    case broadcast(RoomName, SharedFrame, RoomPosition)
    case page(Page)
    /// What comes next belongs to a log that doesn't go on from where this one ended.
    case logEnds(RoomName)
    /// Nobody here is in the room any more.
    case closed(RoomName)
    /// The store has the room in a form that this server can't read: all who are in it must go elsewhere.
    case refused(RoomName)
    /// The session's member has another connection now.
    case taken(Displaced)
}

/// What brings one session a step forward.
struct Page: Sendable {
    let ticket: JoinTicket
    let frames: [PageFrame]
    /// What it has seen after this.
    let position: RoomPosition
    /// It has seen everything then: from there on it gets what the room gets.
    let isLast: Bool
}
