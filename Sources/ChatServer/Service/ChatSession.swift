import Rooms
import Transport
import WebSocket

/// One client's part in a room: who it is, how far it has come, and what it has asked for.
///
/// What it asks for is done one at a time, so that one member's sends keep their order.
final class ChatSession {
    /// So often one's typing is told at most.
    static let typingInterval: Duration = .seconds(2)

    enum Phase {
        /// Its join is under way.
        case joining
        case idle
        /// What it has asked for is being done.
        case working
        /// It will be nobody: its join failed, or came too late.
        case nobody
        /// Its connection has ended, and all is done.
        case gone
    }

    /// What the hub and the store know of it.
    enum Standing {
        case unknown
        /// The hub expects it.
        case expected
        /// The store has been asked to take it in, and may do so even if its answer never comes.
        case attaching
        case attached
    }

    // Small, and in an order that wastes no bytes on padding: there is one of these for every member.
    let home: ChatLoop
    /// Of somebody new until it is settled who this is; nobody is shown it before.
    var ticket: JoinTicket
    var member: Member
    var queue = RequestQueue()
    var cursor = SessionCursor()
    var phase = Phase.joining
    var standing = Standing.unknown
    /// It has come without a token that is known here, and who it is needs no look into the store.
    private var isNew = false
    /// Its member has another connection now.
    var isDisplaced = false
    private let openedAt: RecentMoment
    var lastTyping: RecentMoment
    /// How long the member may come back, in ms; nil while the connection lasts.
    private var hold: UInt16?
    /// Of its attachment; 0 until that is made.
    var generation = 0

    init(_ session: WebSocketSession, home: ChatLoop, name: String, room: RoomName, on loop: isolated EventLoop) {
        self.home = home
        let socket = RandomText.socket
        member = Member(socket: socket, username: name, avatar: Member.defaultAvatar(of: socket), joined: 0)
        ticket = JoinTicket(connection: ConnectionID(session.id), room: room, socket: socket, secret: RandomText.secret)
        openedAt = RecentMoment(loop.now)
        lastTyping = RecentMoment(loop.now - Self.typingInterval)
    }

    var service: ChatService { home.service }
    var room: RoomName { ticket.room }
    var session: WebSocketSession? { home.context.session(ticket.connection.session) }
    var isEnded: Bool { hold != nil }
    /// Whether it came only to say something: it is gone already, and nobody needs to see it come.
    private var isPassing: Bool { isEnded && (isNew || queue.isEmpty) }

    // MARK: Coming in

    /// - Parameters:
    ///   - token: of a member who has been here before; one that isn't known makes a new member.
    ///   - position: what that member has seen.
    ///   - delay: until it is its turn.
    func join(token: MemberToken?, position: RoomPosition?, after delay: Duration, on loop: isolated EventLoop) {
        service.presences.begin()
        // From there on, whatever it is that has to be waited for.
        let deadline = loop.now.advanced(by: delay + service.settings.patience)
        loop.startTask { [self] in
            if delay > .zero { await loop.sleep(for: delay) }
            do throws(StoreError) {
                guard try await isAdmitted(by: deadline, on: loop) else {
                    session?.close(.noSuchRoom, reason: "there is no room \(room)", on: loop)
                    phase = .nobody
                    return work(on: loop)
                }
                try await identify(token, by: deadline, on: loop)
                try await enter(from: position, by: deadline, on: loop)
                if phase == .joining { phase = .idle }
            } catch {
                service.meter.count { $0.failedJoins += 1 }
                Log.warning("a join to \(room) failed: \(error)")
                session?.close(.tryAgainLater, reason: error.closeReason, on: loop)
                phase = isPassing && standing != .attaching ? .idle : .nobody
            }
            work(on: loop)
        }
    }

    /// Whether the room may be entered: its name allows it, or it exists.
    private func isAdmitted(
        by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        if service.settings.rooms.admits(room) { return true }
        return try await service.store.exists(room, by: deadline, on: loop)
    }

    private func identify(
        _ token: MemberToken?, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) {
        if let token,
            let known = try await service.store.session(of: token.socket, in: room, by: deadline, on: loop),
            token.hasSecret(known.secret)
        {
            member = known.member
            ticket = JoinTicket(connection: ticket.connection, room: room, socket: token.socket, secret: token.secret)
        } else {
            isNew = true
        }
    }

    /// Whoever is gone already comes in only where it is known and has something to say: its member may have another
    /// connection, and then has nothing to say any more.
    private func enter(
        from position: RoomPosition?, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) {
        if isPassing { return }
        standing = .expected
        try await service.prepare(CatchUp(ticket: ticket, stage: .opening, position: position), by: deadline)
        if isPassing { return }
        standing = .attaching
        try await attach(by: deadline, on: loop)
    }

    private func attach(by deadline: ContinuousClock.Instant, on loop: isolated EventLoop) async throws(StoreError) {
        let opened = loop.now - openedAt.duration(to: RecentMoment(loop.now))
        guard
            let attachment = try await service.store.attach(
                member, secret: ticket.secret, attempt: RandomText.socket, opened: opened, to: room, by: deadline,
                on: loop)
        else {
            (phase, standing) = (.nobody, .unknown)
            return service.superseded(ticket)
        }
        generation = attachment.generation
        member = attachment.member
        standing = .attached
        service.attached(ticket, attachment)
        service.meter.count { $0.joins += 1 }
    }

    // MARK: What the hub says

    func take(_ page: Page, _ session: WebSocketSession, on loop: isolated EventLoop) {
        cursor.take(page.position, isLast: page.isLast)
        for frame in page.frames where cursor.admits(mark: frame.first) { session.send(frame.frame, on: loop) }
        guard cursor.settled() else { return session.awaitDrain(on: loop) }
        home.positions[room] = page.position
        home.context.topics.subscribe(session, to: room.text, on: loop)
        session.caughtUp(on: loop)
        work(on: loop)
    }

    /// The session was over its budget, and what could be dropped is gone: it becomes a position in the log.
    func overflowed(lowest: Int, on loop: isolated EventLoop) {
        guard let session else { return }
        home.context.topics.unsubscribe(session, from: room.text, on: loop)
        // Without a position there is nothing that it could have been shown.
        cursor.overflowed(lowest: lowest, room: home.positions[room] ?? RoomPosition(epoch: "", seq: 0))
        if cursor.isHopeless { session.close(.tryAgainLater, reason: "you read too slowly", on: loop) }
    }

    /// What comes next belongs to a log that doesn't go on from the one that it has been shown. What of this one still waits
    /// for it is dropped: it may stand where the new one does go on, which is for the hub to say.
    func logEnded(_ session: WebSocketSession, on loop: isolated EventLoop) {
        session.dropMarked(on: loop)
        guard cursor.isLive, let position = home.positions[room] else { return }
        home.context.topics.unsubscribe(session, from: room.text, on: loop)
        cursor.logEnded(at: position)
        session.awaitDrain(on: loop)
    }

    /// All that waited has been written: the next page, if one is missing.
    func drained(on loop: isolated EventLoop) {
        guard let position = cursor.drained() else { return }
        service.catchUp(CatchUp(ticket: ticket, stage: cursor.stage, position: position))
    }

    // MARK: Going out

    func ended(_ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        let time = openedAt.duration(to: RecentMoment(loop.now))
        hold = UInt16(clamping: Self.hold(after: ending, connectedFor: time).milliseconds)
        home.departing[ticket.connection] = self
        work(on: loop)
    }

    /// Its member has another connection now: this one is closed, and its page must not come back by itself.
    /// - Parameter mayFinish: whether what it has asked for is still done.
    func displaced(mayFinish: Bool, on loop: isolated EventLoop) {
        isDisplaced = true
        if !mayFinish { queue.removeAll() }
        session?.close(.movedElsewhere, reason: "this chat was opened in another window", on: loop)
        work(on: loop)
    }

    /// This server can't read the room any more; another one may.
    func refused(_ room: RoomName, _ session: WebSocketSession, on loop: isolated EventLoop) {
        if room == self.room { session.close(.tryAgainLater, reason: StoreError.laterFormatReason, on: loop) }
    }

    /// Nothing is left to do.
    func rest() {
        if isEnded { depart() } else if isDisplaced { service.finished(ticket) }
    }

    /// The connection is gone, and what it had asked for is done.
    private func depart() {
        phase = .gone
        home.departing[ticket.connection] = nil
        switch standing {
        case .unknown: break
        case .expected: service.withdrawn(ticket)
        case .attaching, .attached:
            // An attachment without an answer may have been made, or be made yet.
            let generation = standing == .attached ? generation : nil
            service.detached(ticket, generation: generation, hold: .milliseconds(hold ?? 0))
        }
        service.presences.end()
    }
}
