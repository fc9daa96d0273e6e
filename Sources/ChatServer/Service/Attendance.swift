import WebSocket

/// Who is in a room through this server: on the way in, here, or gone for a moment. Pure.
struct Attendance {
    struct Attached: Equatable, Sendable {
        let ticket: JoinTicket
        var member: Member
        let generation: Int
        /// When it was attached, by the hub's count: what was read earlier says nothing of it.
        let stamp: Int
    }

    /// What is to be done where a roster and those who are here differ.
    enum Difference: Equatable {
        /// Another connection has the member: this session is closed.
        case taken(Attached)
        /// It is here, and the roster lacks it.
        case missing(Attached)
        /// The roster has it, and nobody is here: a leave that was lost on the way.
        case stray(socket: String, generation: Int)
    }

    /// Those who prepare to join, or wait for their opening.
    private var tickets: [String: JoinTicket] = [:]
    private(set) var attached: [String: Attached] = [:]
    /// Members whose connection has ended and who may come back, by generation.
    private var held: [String: Int] = [:]
    /// Members whose attachment got no answer: should the store have them after all, they are to leave. Until when.
    private var abandoned: [String: ContinuousClock.Instant] = [:]

    var isUnused: Bool { tickets.isEmpty && attached.isEmpty }
    var isEmpty: Bool { isUnused && held.isEmpty && abandoned.isEmpty }

    // MARK: Coming

    mutating func prepare(_ ticket: JoinTicket) { tickets[ticket.socket] = ticket }

    /// The store has the member. False: its session is none of this room's any more.
    /// - Parameter taken: the session that had the member until now.
    mutating func attach(
        _ ticket: JoinTicket, _ attachment: Attachment, stamp: Int, taken: inout WebSocketSession.ID?
    ) -> Bool {
        guard tickets[ticket.socket]?.session == ticket.session else { return false }
        held[ticket.socket] = nil
        if let older = attached[ticket.socket], older.generation < attachment.generation { taken = older.ticket.session }
        attached[ticket.socket] = Attached(
            ticket: ticket, member: attachment.member, generation: attachment.generation, stamp: stamp)
        return true
    }

    /// The room shows the member: whom it is to be opened for, once.
    mutating func open(_ socket: String) -> JoinTicket? { tickets.removeValue(forKey: socket) }

    mutating func rename(_ member: Member) { attached[member.socket]?.member = member }

    // MARK: Going

    /// Somebody has attached the member with this generation: the session that has lost it.
    mutating func move(_ socket: String, generation: Int) -> WebSocketSession.ID? {
        guard let older = attached[socket], older.generation < generation else { return nil }
        return take(older)
    }

    /// The session no longer has its member.
    mutating func take(_ older: Attached) -> WebSocketSession.ID {
        if attached[older.ticket.socket]?.ticket.session == older.ticket.session {
            attached[older.ticket.socket] = nil
        }
        return older.ticket.session
    }

    /// The session has ended, or will not be attached after all. True: its member is awaited no more.
    mutating func detach(_ ticket: JoinTicket) -> Bool {
        if attached[ticket.socket]?.ticket.session == ticket.session { attached[ticket.socket] = nil }
        guard tickets[ticket.socket]?.session == ticket.session else { return false }
        tickets[ticket.socket] = nil
        return true
    }

    mutating func hold(_ socket: String, generation: Int) { held[socket] = generation }

    /// The member hasn't come back.
    mutating func release(_ socket: String, generation: Int) {
        if held[socket] == generation { held[socket] = nil }
    }

    /// The attachment was never answered.
    mutating func abandon(_ socket: String, until limit: ContinuousClock.Instant) { abandoned[socket] = limit }

    /// Whether the room shows somebody whose attachment was never answered.
    mutating func findsAbandoned(in roster: [String: Member], at now: ContinuousClock.Instant) -> Bool {
        if abandoned.isEmpty { return false }
        defer { abandoned = abandoned.filter { $0.value > now } }
        return abandoned.keys.contains { roster[$0] != nil }
    }

    // MARK: Comparing

    /// - Parameter begun: the hub's count when the reading began.
    func differences(to reading: RoomReading, begun: Int, server: String) -> [Difference] {
        let roster = Dictionary(reading.roster.map { ($0.member.socket, $0) }, uniquingKeysWith: { first, _ in first })
        var differences: [Difference] = []
        for (socket, member) in attached.sorted(by: { $0.key < $1.key }) where member.stamp < begun {
            let stored = roster[socket]
            if let stored, stored.generation > member.generation {
                differences.append(.taken(member))
            } else if stored?.server != server || stored?.generation != member.generation {
                differences.append(.missing(member))
            }
        }
        for (socket, stored) in roster.sorted(by: { $0.key < $1.key }) where stored.server == server {
            if attached[socket] != nil || tickets[socket] != nil || held[socket] != nil { continue }
            differences.append(.stray(socket: socket, generation: stored.generation))
        }
        return differences
    }
}
