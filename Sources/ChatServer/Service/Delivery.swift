import WebSocket

/// What the hub has for the sessions of one loop, in order.
enum Delivery: Sendable {
    case broadcast(RoomName, SharedFrame, RoomPosition)
    case page(Page)
    /// The session's member has another connection now.
    case taken(WebSocketSession.ID)
}

/// Why somebody is brought up to date.
enum CatchUpStage: Sendable {
    /// It has just come in: welcome, roster and a history come first.
    case opening
    /// It has been welcomed, and its join hasn't ended.
    case joining
    /// It was too slow.
    case healing
}

/// Who is to be brought up to date, and from where.
struct CatchUp: Sendable {
    let ticket: JoinTicket
    let stage: CatchUpStage
    /// nil: from the newest messages.
    let position: RoomPosition?
}

/// What brings one session a step forward.
struct Page: Sendable {
    let ticket: JoinTicket
    let frames: [SharedFrame]
    /// What it has seen after this.
    let position: RoomPosition
    /// It has seen everything: from here on it gets what the room gets.
    let isLive: Bool
}
