/// Who is to be brought up to date, and from where.
package struct CatchUp: Sendable {
    package let ticket: JoinTicket
    package let stage: CatchUpStage
    /// nil: from the newest messages.
    let position: RoomPosition?
    /// The hub's count when this position was found to be none of the room's as far as known here.
    var doubted: Int?

    package init(ticket: JoinTicket, stage: CatchUpStage, position: RoomPosition?) {
        (self.ticket, self.stage, self.position) = (ticket, stage, position)
    }
}
