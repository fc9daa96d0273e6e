import Transport
import WebSocket

/// One client's part in a room: who it is, how far it has come, and what it has asked for.
///
/// What it asks for is done one at a time, so that one member's sends keep their order.
final class ChatSession {
    /// Beyond so many requests the client is made to wait.
    private static let queueLimit = 64
    private static let typingInterval: Duration = .seconds(2)

    let service: ChatService
    private let id: WebSocketSession.ID
    private let context: WebSocketLoop
    private let openedAt: ContinuousClock.Instant
    private let room: RoomName
    private var member: Member
    /// The room's when it was attached.
    private var epoch = ""
    private var ticket: JoinTicket?
    /// Of its attachment, once that is made.
    private var generation: Int?
    private var cursor = SessionCursor()
    private var isJoining = true
    /// How the connection ended; nil while it lasts.
    private var hold: Duration?
    private var queue: [ClientCommand] = []
    private var isWorking = false
    private var rate: RateLimit
    private var barrier = SendBarrier()
    private var lastTyping: ContinuousClock.Instant?

    init(
        _ session: WebSocketSession, service: ChatService, name: String, room: RoomName, on loop: isolated EventLoop
    ) {
        self.service = service
        self.room = room
        let socket = RandomText.socket
        member = Member(socket: socket, username: name, avatar: AvatarDrawing.path(for: socket), joined: 0)
        id = session.id
        context = session.neighbours
        openedAt = loop.now
        rate = RateLimit(now: loop.now)
    }

    private var session: WebSocketSession? { context.session(id) }
    private var isEnded: Bool { hold != nil }

    // MARK: Coming in

    /// - Parameters:
    ///   - token: of a member who has been here before; one that isn't known makes a new member.
    ///   - position: what that member has seen.
    func join(token: MemberToken?, position: RoomPosition?, on loop: isolated EventLoop) {
        service.presences.begin()
        Task {
            do throws(StoreError) {
                let ticket = try await identify(token, position: position, on: loop)
                self.ticket = ticket
                if !isEnded { try await service.prepare(ticket) }
                if !isEnded {
                    let attachment = try await service.store.attach(
                        member, secret: ticket.secret, attempt: RandomText.socket, to: room, on: loop)
                    generation = attachment.generation
                    epoch = attachment.epoch
                    member = attachment.member
                    service.attached(ticket, attachment)
                    service.meter.count { $0.joins += 1 }
                }
            } catch {
                service.meter.count { $0.failedJoins += 1 }
                Log.warning("a join to \(room) failed: \(error)")
                session?.close(.tryAgainLater, reason: "the room can't be entered just now", on: loop)
            }
            isJoining = false
            work(on: loop)
        }
    }

    private func identify(
        _ token: MemberToken?, position: RoomPosition?, on loop: isolated EventLoop
    ) async throws(StoreError) -> JoinTicket {
        if let token, let known = try await service.store.session(of: token.socket, in: room, on: loop),
            token.hasSecret(known.secret)
        {
            member = known.member
            return JoinTicket(
                session: id, room: room, socket: token.socket, secret: token.secret, position: position)
        }
        return JoinTicket(
            session: id, room: room, socket: member.socket, secret: RandomText.secret, position: position)
    }

    // MARK: What the hub says

    static func take(_ delivery: Delivery, in context: WebSocketLoop, on loop: isolated EventLoop) {
        switch delivery {
        case .broadcast(let room, let frame, let position):
            LoopRooms.of(context).positions[room] = position
            context.topics.publish(frame, to: room.text, on: loop)
        case .page(let page):
            guard let session = context.session(page.ticket.session) else { return }
            (session.context as? ChatSession)?.take(page, session, on: loop)
        case .closed(let room):
            LoopRooms.of(context).positions[room] = nil
        case .taken(let id):
            context.session(id)?.close(.movedElsewhere, reason: "this chat was opened in another window", on: loop)
        }
    }

    private func take(_ page: Page, _ session: WebSocketSession, on loop: isolated EventLoop) {
        cursor.take(page.position, isLast: page.isLast)
        for frame in page.frames where cursor.admits(mark: frame.mark) { session.send(frame, on: loop) }
        guard cursor.settled() else { return session.awaitDrain(on: loop) }
        LoopRooms.of(context).positions[room] = page.position
        context.topics.subscribe(session, to: room.text, on: loop)
        session.caughtUp(on: loop)
        work(on: loop)
    }

    /// The session was over its budget, and what could be dropped is gone: it becomes a position in the log.
    func overflowed(lowest: Int, on loop: isolated EventLoop) {
        guard let session else { return }
        context.topics.unsubscribe(session, from: room.text, on: loop)
        cursor.overflowed(
            lowest: lowest,
            room: LoopRooms.of(context).positions[room] ?? RoomPosition(epoch: epoch, seq: 0))
        if cursor.isHopeless { session.close(.tryAgainLater, reason: "you read too slowly", on: loop) }
    }

    /// All that waited has been written: the next page, if one is missing.
    func drained(on loop: isolated EventLoop) {
        guard let ticket, let position = cursor.drained() else { return }
        service.catchUp(CatchUp(ticket: ticket, stage: cursor.stage, position: position))
    }

    // MARK: Going out

    func ended(_ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        hold = Self.hold(after: ending, connectedFor: openedAt.duration(to: loop.now))
        work(on: loop)
    }

    /// The connection is gone, and what it had asked for is done.
    private func depart() {
        if let ticket {
            // An attachment without an answer may have been made, or be made yet.
            service.detached(ticket, generation: generation, hold: hold ?? .zero)
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
        if let lastTyping, lastTyping.advanced(by: Self.typingInterval) > loop.now { return }
        guard cursor.hasJoined, let epoch = LoopRooms.of(context).positions[room]?.epoch else { return }
        lastTyping = loop.now
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
        guard !isJoining, !isWorking else { return }
        let mayWork = generation != nil && (cursor.hasJoined || isEnded)
        if isEnded, queue.isEmpty || !mayWork { return depart() }
        guard mayWork, !queue.isEmpty else { return }
        isWorking = true
        Task {
            while !queue.isEmpty {
                let command = queue.removeFirst()
                if queue.count == Self.queueLimit / 2, session?.isSlow == false { session?.resumeInput(on: loop) }
                await perform(command, on: loop)
            }
            isWorking = false
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
                guard let generation else { return }
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

extension CloseCode {
    /// Ours: the member has another connection now, and this page is not to come back by itself.
    static let movedElsewhere = CloseCode(rawValue: 4001)
}

/// How far each room has come on one loop.
final class LoopRooms {
    var positions: [RoomName: RoomPosition] = [:]

    static func of(_ context: WebSocketLoop) -> LoopRooms {
        if let rooms = context.context as? LoopRooms { return rooms }
        let rooms = LoopRooms()
        context.context = rooms
        return rooms
    }
}
