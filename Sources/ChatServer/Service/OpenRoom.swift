import WebSocket

/// A room with members on this server; lives on the hub's loop.
final class OpenRoom {
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
    var nextHead: ContinuousClock.Instant
    /// Members came or went while only their number is told.
    var isCountDue = false
    var tellsCountOnly = false

    init(_ name: RoomName, replica: RoomReplica, now: ContinuousClock.Instant) {
        self.name = name
        self.replica = replica
        nextHead = now.advanced(by: .seconds(1))
    }
}
