import WebSocket

/// Who is in a room through this server: on the way in, here, or gone for a moment. Pure.
struct Attendance {
    struct Attached: Equatable, Sendable, HasSocket {
        let ticket: JoinTicket
        var member: Member
        let generation: Int
        /// When it was attached, by the hub's count: what was read earlier says nothing of it.
        let stamp: Int

        var socket: String { ticket.socket }
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

    /// Those whose attachment isn't answered yet. One member may arrive on several connections.
    private var arriving: [WebSocketSession.ID: CatchUp] = [:]
    /// The newest generation that the room has told of them.
    private var newest: [String: Int] = [:]
    private(set) var attached = SocketTable<Attached>()
    /// Those attached whom the room hasn't been opened for, and from where it is to be.
    private var unopened: [String: CatchUp] = [:]
    /// Members whose connection has ended and who may come back, by generation.
    private var held: [String: Int] = [:]
    /// Members whose attachment got no answer: should the store have them after all, they are to leave. Until when.
    private var abandoned: [String: ContinuousClock.Instant] = [:]

    var isUnused: Bool { arriving.isEmpty && attached.isEmpty }
    var isEmpty: Bool { isUnused && held.isEmpty && abandoned.isEmpty }

    // MARK: Coming

    mutating func prepare(_ opening: CatchUp) { arriving[opening.ticket.session] = opening }

    /// The store has the member: the session that has lost it by that, which may be this one. False: the session is gone.
    mutating func attach(
        _ ticket: JoinTicket, _ attachment: Attachment, stamp: Int, taken: inout WebSocketSession.ID?
    ) -> Bool {
        guard let opening = arriving.removeValue(forKey: ticket.session) else { return false }
        // Another server's news may be faster than the answer.
        if let newest = newest[ticket.socket], newest > attachment.generation {
            forgetNewest()
            taken = ticket.session
            return false
        }
        forgetNewest()
        giveBack()
        if let other = attached[ticket.socket] {
            // Answers to two attachments may come in either order.
            if other.generation > attachment.generation {
                taken = ticket.session
                return false
            }
            taken = other.ticket.session
        }
        held[ticket.socket] = nil
        attached[ticket.socket] = Attached(
            ticket: ticket, member: attachment.member, generation: attachment.generation, stamp: stamp)
        unopened[ticket.socket] = opening
        return true
    }

    /// The room shows the member: whom it is to be opened for, once.
    mutating func open(_ socket: String) -> CatchUp? {
        defer { giveBack() }
        return unopened.removeValue(forKey: socket)
    }

    /// What is empty most of the time holds no memory then.
    private mutating func giveBack() {
        if arriving.isEmpty { arriving = [:] }
        if unopened.isEmpty { unopened = [:] }
    }

    mutating func rename(_ member: Member) { attached[member.socket]?.member = member }

    // MARK: Going

    /// Somebody has attached the member with this generation: the session that has lost it.
    mutating func move(_ socket: String, generation: Int) -> WebSocketSession.ID? {
        if arriving.values.contains(where: { $0.ticket.socket == socket }) {
            newest[socket] = max(generation, newest[socket] ?? 0)
        }
        guard let older = attached[socket], older.generation < generation else { return nil }
        return take(older)
    }

    private mutating func forgetNewest() {
        if newest.isEmpty { return }
        let expected = arrivingSockets
        newest = newest.filter { expected.contains($0.key) }
    }

    private var arrivingSockets: Set<String> { Set(arriving.values.map(\.ticket.socket)) }

    /// The session no longer has its member.
    mutating func take(_ older: Attached) -> WebSocketSession.ID {
        _ = remove(older.ticket)
        return older.ticket.session
    }

    /// The session has ended, or will not be attached after all. True: its member is awaited no more.
    mutating func detach(_ ticket: JoinTicket) -> Bool {
        arriving[ticket.session] = nil
        forgetNewest()
        return remove(ticket)
    }

    private mutating func remove(_ ticket: JoinTicket) -> Bool {
        guard attached[ticket.socket]?.ticket.session == ticket.session else { return false }
        attached[ticket.socket] = nil
        unopened[ticket.socket] = nil
        return true
    }

    mutating func hold(_ socket: String, generation: Int) { held[socket] = max(generation, held[socket] ?? 0) }

    /// The member hasn't come back.
    mutating func release(_ socket: String, generation: Int) {
        if held[socket] == generation { held[socket] = nil }
    }

    /// Neither here nor expected back.
    func hasLeft(_ member: Attached) -> Bool {
        attached[member.ticket.socket]?.generation != member.generation
            && held[member.ticket.socket] != member.generation
    }

    /// The attachment was never answered.
    mutating func abandon(_ socket: String, until limit: ContinuousClock.Instant) { abandoned[socket] = limit }

    /// Whether the room shows somebody whose attachment was never answered.
    mutating func findsAbandoned(in roster: Roster, at now: ContinuousClock.Instant) -> Bool {
        if abandoned.isEmpty { return false }
        defer { abandoned = abandoned.filter { $0.value > now } }
        return abandoned.keys.contains { roster[$0] != nil }
    }

    // MARK: Comparing

    /// - Parameter begun: the hub's count when the reading began.
    mutating func differences(to reading: RoomReading, begun: Int, server: String) -> [Difference] {
        let roster = Dictionary(reading.roster.map { ($0.member.socket, $0) }, uniquingKeysWith: { first, _ in first })
        var differences: [Difference] = []
        for socket in arrivingSockets {
            if let stored = roster[socket] { newest[socket] = max(stored.generation, newest[socket] ?? 0) }
        }
        for member in attached where member.stamp < begun {
            let stored = roster[member.socket]
            if let stored, stored.generation > member.generation {
                differences.append(.taken(member))
            } else if stored?.server != server || stored?.generation != member.generation {
                differences.append(.missing(member))
            }
        }
        let expected = arrivingSockets.union(attached.sockets)
        for (socket, stored) in roster.sorted(by: { $0.key < $1.key })
        where stored.server == server && !expected.contains(socket) && held[socket] != stored.generation {
            differences.append(.stray(socket: socket, generation: stored.generation))
        }
        return differences
    }
}
