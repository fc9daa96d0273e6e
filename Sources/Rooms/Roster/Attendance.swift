/// Who is in a room through this server: on the way in, here, or gone for a moment. Pure.
package struct Attendance {
    package struct Attached: Equatable, Sendable, HasSocket {
        let ticket: JoinTicket
        var member: Member
        let generation: Int
        /// When it was attached, by the hub's count: what was read earlier says nothing of it.
        let stamp: Int

        package var socket: String { ticket.socket }
    }

    /// What is to be done where a roster and those who are here differ.
    package enum Difference: Equatable {
        /// Another connection has the member: this session is closed.
        case taken(Attached)
        /// It is here, and the roster lacks it.
        case missing(Attached)
        /// The roster has it, and nobody is here: a leave that was lost on the way.
        case stray(socket: String, generation: Int)
    }

    /// Those whose attachment isn't answered yet. One member may arrive on several connections.
    private var arriving: [ConnectionID: CatchUp] = [:]
    /// How many of them arrive as the same member.
    private var arrivals: [String: Int] = [:]
    /// The newest generation that the room has told of them.
    private var newest: [String: Int] = [:]
    private(set) var attached = SocketTable<Attached>()
    /// Those attached whom the room hasn't been opened for, and from where it is to be.
    private var unopened: [String: CatchUp] = [:]
    /// Members whose connection has ended and who may come back, by generation.
    private var held: [String: Int] = [:]
    /// Members whose attachment got no answer: should the store have them after all, they are to leave. Until when.
    private var abandoned: [String: ContinuousClock.Instant] = [:]
    /// Sessions that have lost their member to another one of this server and aren't done yet with what they were asked
    /// for, in the order in which they lost it.
    private var finishing: [String: [ConnectionID]] = [:]

    var isUnused: Bool { arriving.isEmpty && attached.isEmpty }
    var isEmpty: Bool { isUnused && held.isEmpty && abandoned.isEmpty }

    // MARK: Coming

    mutating func prepare(_ opening: CatchUp) {
        if arriving.updateValue(opening, forKey: opening.ticket.connection) == nil {
            arrivals[opening.ticket.socket, default: 0] += 1
        }
    }

    private mutating func removeArrival(_ connection: ConnectionID) -> CatchUp? {
        guard let opening = arriving.removeValue(forKey: connection) else { return nil }
        let socket = opening.ticket.socket
        let others = (arrivals[socket] ?? 1) - 1
        arrivals[socket] = others > 0 ? others : nil
        if others <= 0 { newest[socket] = nil }
        giveBack()
        return opening
    }

    /// The store has the member: the session that has lost it by that, which may be this one. False: the session is gone.
    mutating func attach(
        _ ticket: JoinTicket, _ attachment: Attachment, stamp: Int, displaced: inout Displaced?
    ) -> Bool {
        let newest = newest[ticket.socket] ?? 0
        guard let opening = removeArrival(ticket.connection) else { return false }
        let other = attached[ticket.socket]
        // Another server's news may be faster than the answer, and answers to two attachments may come in either order.
        if max(newest, other?.generation ?? 0) > attachment.generation {
            displaced = Displaced(connection: ticket.connection, mayFinish: false)
            return false
        }
        if let other { displaced = displace(other, mayFinish: true) }
        held[ticket.socket] = nil
        attached[ticket.socket] = Attached(
            ticket: ticket, member: attachment.member, generation: attachment.generation, stamp: stamp)
        unopened[ticket.socket] = opening
        return true
    }

    /// The room shows the member: whom it is to be opened for, once.
    mutating func open(_ socket: String) -> CatchUp? {
        // It isn't shown it before the session that had the member is done.
        if finishing[socket] != nil { return nil }
        defer { giveBack() }
        return unopened.removeValue(forKey: socket)
    }

    /// What is empty most of the time holds no memory then.
    private mutating func giveBack() {
        if arriving.isEmpty { (arriving, arrivals, newest) = ([:], [:], [:]) }
        if unopened.isEmpty { unopened = [:] }
    }

    mutating func rename(_ member: Member) { attached[member.socket]?.member = member }

    // MARK: Going

    /// Somebody has attached the member with this generation: the session that has lost it.
    mutating func move(_ socket: String, generation: Int) -> Displaced? {
        let isArriving = arrivals[socket] != nil
        if isArriving { newest[socket] = max(generation, newest[socket] ?? 0) }
        guard let older = attached[socket], older.generation < generation else { return nil }
        return displace(older, mayFinish: isArriving)
    }

    /// The session no longer has its member: somebody else does.
    mutating func take(_ older: Attached) -> Displaced { displace(older, mayFinish: arrivals[older.socket] != nil) }

    private mutating func displace(_ older: Attached, mayFinish: Bool) -> Displaced {
        _ = remove(older.ticket)
        if mayFinish { finishing[older.socket, default: []].append(older.ticket.connection) }
        return Displaced(connection: older.ticket.connection, mayFinish: mayFinish)
    }

    /// Whether nothing is left to do for those who had the session's member before it.
    func mayBegin(_ ticket: JoinTicket) -> Bool {
        guard let first = finishing[ticket.socket]?.first else { return true }
        return first == ticket.connection
    }

    /// The session has done what it was asked for. True: others may have waited for that.
    mutating func finish(_ ticket: JoinTicket) -> Bool {
        guard let index = finishing[ticket.socket]?.firstIndex(of: ticket.connection) else { return false }
        finishing[ticket.socket]?.remove(at: index)
        if finishing[ticket.socket]?.isEmpty == true { finishing[ticket.socket] = nil }
        if finishing.isEmpty { finishing = [:] }
        return true
    }

    /// The session has ended, or will not be attached after all. True: its member is awaited no more.
    mutating func detach(_ ticket: JoinTicket) -> Bool {
        _ = removeArrival(ticket.connection)
        return remove(ticket)
    }

    private mutating func remove(_ ticket: JoinTicket) -> Bool {
        guard attached[ticket.socket]?.ticket.connection == ticket.connection else { return false }
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
        for socket in arrivals.keys {
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
        let strays = roster.values.filter { stored in
            let socket = stored.member.socket
            return stored.server == server && arrivals[socket] == nil && held[socket] != stored.generation
                && attached[socket] == nil
        }
        differences += strays.sorted { $0.member.socket < $1.member.socket }
            .map { .stray(socket: $0.member.socket, generation: $0.generation) }
        return differences
    }
}
