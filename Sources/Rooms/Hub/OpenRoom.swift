/// A room with members on this server; lives on the hub's loop.
package final class OpenRoom {
    let name: RoomName
    var replica: RoomReplica
    var attendance = Attendance()
    var waiting: [(deadline: ContinuousClock.Instant, resume: (Result<Void, StoreError>) -> Void)] = []
    /// Who waits until the sessions that had its member are done.
    var successors: [(ticket: JoinTicket, resume: () -> Void)] = []
    /// The hub's count when the last reading began.
    var lastReading = 0
    /// Sessions to be brought up to date when the room has been read.
    var catchUps: [CatchUp] = []
    /// Readings for sessions that are far behind, by where they begin: who asks for the same waits for the same.
    var pageReaders: [Int: [CatchUp]] = [:]
    /// When the last member left.
    var emptySince: ContinuousClock.Instant?

    /// Where the store was when last looked at, to be compared when there was time to deliver it.
    var expectedHead: RoomHead?
    var headInterval: Duration = .seconds(1)
    /// What the store has been told of how far this room has been shown.
    var rememberedHead: RoomHead?
    /// Where among its members the next ones to be looked up in the store stand.
    var nextSeat = 0
    /// The other servers that the roster named when it was last read.
    var servers: Set<String> = []
    /// Dead servers whose members are to be taken out of this room.
    var toSweep: Set<String> = []
    /// Members came or went while only their number is told.
    var isCountDue = false
    var tellsCountOnly = false
    /// How its members are told who comes and goes.
    var pace = RosterPace()
    var isPaceTimed = false

    init(_ name: RoomName, replica: RoomReplica) {
        self.name = name
        self.replica = replica
    }

    /// Whether there are members who aren't this server's.
    var hasOthers: Bool { !replica.isLive || replica.roster.contains { attendance.attached[$0.socket] == nil } }
}
