import Transport
import WebSocket

/// One client's part in a room: who it is, how far it has come, and what it has asked for.
///
/// What it asks for is done one at a time, so that one member's sends keep their order.
final class ChatSession {
    /// Beyond so many requests the client is made to wait.
    private static let queueLimit = 64
    private static let typingInterval: Duration = .seconds(2)

    private enum Phase {
        /// It isn't settled who this is.
        case identifying
        case joining
        case idle
        /// It will be nobody: the join failed before it was settled, or came too late.
        case unknown
        /// What it has asked for is being done.
        case working
    }

    // Small, and in an order that wastes no bytes on padding: there is one of these for every member.
    private let home: ChatLoop
    /// Of somebody new until it is settled who this is; nobody is shown it before.
    private var ticket: JoinTicket
    private var member: Member
    private var queue: [ClientCommand] = []
    private var barrier = SendBarrier()
    private var rate = RateLimit()
    private var cursor = SessionCursor()
    private var phase = Phase.identifying
    private let openedAt: RecentMoment
    private var lastTyping: RecentMoment
    /// How long the member may come back, in ms; nil while the connection lasts.
    private var hold: UInt16?
    /// Of its attachment; 0 until that is made.
    private var generation = 0

    init(_ session: WebSocketSession, home: ChatLoop, name: String, room: RoomName, on loop: isolated EventLoop) {
        self.home = home
        let socket = RandomText.socket
        member = Member(socket: socket, username: name, avatar: AvatarDrawing.path(for: socket), joined: 0)
        ticket = JoinTicket(session: session.id, room: room, socket: socket, secret: RandomText.secret)
        openedAt = RecentMoment(loop.now)
        lastTyping = RecentMoment(loop.now - Self.typingInterval)
    }

    private var service: ChatService { home.service }
    private var room: RoomName { ticket.room }
    private var session: WebSocketSession? { home.context.session(ticket.session) }
    private var isAttached: Bool { generation != 0 }
    private var isEnded: Bool { hold != nil }

    // MARK: Coming in

    /// - Parameters:
    ///   - token: of a member who has been here before; one that isn't known makes a new member.
    ///   - position: what that member has seen.
    func join(token: MemberToken?, position: RoomPosition?, on loop: isolated EventLoop) {
        service.presences.begin()
        Task {
            do throws(StoreError) {
                try await identify(token, on: loop)
                if !isEnded {
                    try await service.prepare(CatchUp(ticket: ticket, stage: .opening, position: position))
                }
                if !isEnded { try await attach(on: loop) }
            } catch {
                service.meter.count { $0.failedJoins += 1 }
                Log.warning("a join to \(room) failed: \(error)")
                session?.close(.tryAgainLater, reason: "the room can't be entered just now", on: loop)
            }
            phase = phase == .joining ? .idle : .unknown
            work(on: loop)
        }
    }

    private func identify(_ token: MemberToken?, on loop: isolated EventLoop) async throws(StoreError) {
        if let token, let known = try await service.store.session(of: token.socket, in: room, on: loop),
            token.hasSecret(known.secret)
        {
            member = known.member
            ticket = JoinTicket(session: ticket.session, room: room, socket: token.socket, secret: token.secret)
        }
        phase = .joining
    }

    private func attach(on loop: isolated EventLoop) async throws(StoreError) {
        let opened = loop.now - openedAt.duration(to: RecentMoment(loop.now))
        guard
            let attachment = try await service.store.attach(
                member, secret: ticket.secret, attempt: RandomText.socket, opened: opened, to: room, on: loop)
        else {
            phase = .unknown
            return service.superseded(ticket)
        }
        generation = attachment.generation
        member = attachment.member
        service.attached(ticket, attachment)
        service.meter.count { $0.joins += 1 }
    }

    // MARK: What the hub says

    func take(_ page: Page, _ session: WebSocketSession, on loop: isolated EventLoop) {
        cursor.take(page.position, isLast: page.isLast)
        for frame in page.frames where cursor.admits(mark: frame.mark) { session.send(frame, on: loop) }
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

    /// All that waited has been written: the next page, if one is missing.
    func drained(on loop: isolated EventLoop) {
        guard let position = cursor.drained() else { return }
        service.catchUp(CatchUp(ticket: ticket, stage: cursor.stage, position: position))
    }

    // MARK: Going out

    func ended(_ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        let time = openedAt.duration(to: RecentMoment(loop.now))
        hold = UInt16(clamping: Self.hold(after: ending, connectedFor: time).milliseconds)
        work(on: loop)
    }

    /// The connection is gone, and what it had asked for is done.
    private func depart() {
        if phase != .unknown, let hold {
            // An attachment without an answer may have been made, or be made yet.
            service.detached(ticket, generation: isAttached ? generation : nil, hold: .milliseconds(hold))
        }
        queue = []
        service.presences.end()
    }

    /// How long a member may come back before it leaves: by how its connection ended.
    static func hold(after ending: WebSocketSession.Ending, connectedFor time: Duration) -> Duration {
        if ending.wasPeers, ending.code == .normalClosure { return .zero }
        if ending.wasPeers, ending.code == .goingAway { return .seconds(2) }
        return min(time, .seconds(5))
    }

    // MARK: What the client asks for

    func received(_ text: String, from session: WebSocketSession, on loop: isolated EventLoop) {
        do throws(ClientError) {
            let command = try ClientCommand(text, textLimit: service.settings.maximumText)
            switch command {
            case .ping: send(TopicJSON.pong, on: loop)
            case .typing: typing(on: loop)
            case .send(_, let id):
                try limitRate(id: id, on: loop)
                enqueue(command, session, on: loop)
            case .rename, .history:
                try limitRate(id: nil, on: loop)
                enqueue(command, session, on: loop)
            }
        } catch {
            refuse(error, on: loop)
        }
    }

    private func limitRate(id: String?, on loop: isolated EventLoop) throws(ClientError) {
        guard let wait = rate.take(at: loop.now, perSecond: service.settings.rate) else { return }
        throw ClientError(code: .rateLimited, message: "That was too fast.", id: id, retry: wait)
    }

    private func send(_ json: [UInt8], on loop: isolated EventLoop) {
        session?.send(SharedFrame.text(json), on: loop)
    }

    private func typing(on loop: isolated EventLoop) {
        let now = RecentMoment(loop.now)
        guard lastTyping.duration(to: now) >= Self.typingInterval, cursor.hasJoined,
            let epoch = home.positions[room]?.epoch
        else { return }
        lastTyping = now
        Task {
            // Not worth a word if it fails: the next one comes in two seconds.
            try? await service.store.announceTyping(member.socket, epoch: epoch, in: room, on: loop)
        }
    }

    private func enqueue(_ command: ClientCommand, _ session: WebSocketSession, on loop: isolated EventLoop) {
        queue.append(command)
        if queue.count >= Self.queueLimit { session.pauseInput(on: loop) }
        work(on: loop)
    }

    /// Does what is queued, one at a time, once the join has ended: what came before it waits here. Whoever has gone
    /// meanwhile leaves after it.
    private func work(on loop: isolated EventLoop) {
        guard phase == .idle || phase == .unknown else { return }
        let mayWork = isAttached && (cursor.hasJoined || isEnded)
        if isEnded, queue.isEmpty || !mayWork { return depart() }
        guard mayWork, !queue.isEmpty else { return }
        phase = .working
        Task {
            while !queue.isEmpty {
                let command = queue.removeFirst()
                if queue.count == Self.queueLimit / 2, session?.isSlow == false { session?.resumeInput(on: loop) }
                await perform(command, on: loop)
            }
            phase = .idle
            if isEnded { depart() }
        }
    }

    private func perform(_ command: ClientCommand, on loop: isolated EventLoop) async {
        do throws(StoreError) {
            switch command {
            case .send(let text, let id):
                guard barrier.admits(id, at: loop.now) else { return refuse(id, on: loop) }
                let message = OutgoingMessage(id: id ?? service.messageIDs.next(), member: member, text: text)
                let receipt = try await service.store.append(message, to: room, on: loop)
                service.meter.count { $0.messages += 1 }
                if let id { send(TopicJSON.ack(id: id, receipt), on: loop) }
            case .rename(let name):
                guard isAttached else { return }
                var renamed = member
                renamed.username = name
                try await service.store.rename(renamed, generation: generation, in: room, on: loop)
                member = renamed
                service.renamed(renamed, in: room)
            case .history(let before, let limit):
                if isEnded { return }
                let page = try await service.store.page(before: before, limit: limit, of: room, on: loop)
                let messages = page.messages.newest(bytes: service.settings.pageBytes)
                let isComplete = page.isComplete && messages.count == page.messages.count
                send(TopicJSON.messagePage(messages, isComplete: isComplete, epoch: page.epoch), on: loop)
            case .ping, .typing: break
            }
        } catch {
            Log.warning("\(room): \(error)")
            // Nobody is there to be told, and each of the others would wait as long.
            if isEnded { queue = [] }
            guard case .send(_, let id) = command else { return refuse(nil, on: loop) }
            barrier.refused(id, at: loop.now)
            refuse(id, on: loop)
        }
    }

    private func refuse(_ error: ClientError, on loop: isolated EventLoop) {
        service.meter.refused(error.code)
        send(TopicJSON.error(error), on: loop)
    }

    private func refuse(_ id: String?, on loop: isolated EventLoop) {
        let message = "This could not be done just now; it is not known to be kept."
        refuse(ClientError(code: .unavailable, message: message, id: id, retry: .seconds(1)), on: loop)
    }
}
