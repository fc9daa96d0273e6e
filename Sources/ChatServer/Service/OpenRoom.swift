import WebSocket

/// A room with members on this server; lives on the hub's loop.
final class OpenRoom {
    /// A member whose connection is here.
    struct Attached {
        let ticket: JoinTicket
        var member: Member
        let generation: Int
        /// When it was attached, by the hub's count: what was read earlier says nothing of it.
        let stamp: Int
    }

    let name: RoomName
    var replica: RoomReplica
    /// Those who prepare to join, or wait for their opening.
    var tickets: [String: JoinTicket] = [:]
    var attached: [String: Attached] = [:]
    /// Members whose connection has ended and who may come back, by generation.
    var held: [String: Int] = [:]
    /// Members whose attachment got no answer: should the store have them after all, they are to leave. Until when.
    var abandoned: [String: ContinuousClock.Instant] = [:]
    var waiting: [(deadline: ContinuousClock.Instant, resume: (Result<Void, StoreError>) -> Void)] = []
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

    var isUnused: Bool { tickets.isEmpty && attached.isEmpty }
    var mayClose: Bool { isUnused && held.isEmpty && abandoned.isEmpty }
}
