import Transport
import WebSocket

/// One client's part in a room: who it is, how far it has come in, and what it has asked for.
///
/// What it asks for is done one at a time, so that one member's sends keep their order.
final class ChatSession {
    /// Beyond so many the client is made to wait.
    private static let queueLimit = 64
    private static let typingInterval: Duration = .seconds(2)

    let service: ChatService
    let ticket: JoinTicket
    private(set) var member: Member
    private let id: WebSocketSession.ID
    private let context: WebSocketLoop
    private var attachment: Attachment?
    private var isOpened = false
    private var isEnded = false
    private var queue: [ClientCommand] = []
    private var isWorking = false
    private var rate: RateLimit
    private var lastTyping: ContinuousClock.Instant?

    init(
        _ session: WebSocketSession, service: ChatService, member: Member, room: RoomName, token: String,
        on loop: isolated EventLoop
    ) {
        self.service = service
        self.member = member
        id = session.id
        context = session.neighbours
        ticket = JoinTicket(session: session.id, room: room, socket: member.socket, token: token)
        rate = RateLimit(perSecond: service.settings.rate, burst: service.settings.rate * 3, now: loop.now)
    }

    private var session: WebSocketSession? { context.session(id) }

    // MARK: In

    func join(secret: String, on loop: isolated EventLoop) {
        Task {
            do throws(StoreError) {
                try await service.prepare(ticket)
                if isEnded { return }
                let attachment = try await service.store.join(member, secret: secret, to: ticket.room, on: loop)
                self.attachment = attachment
                if isEnded { return await leave(generation: attachment.generation, on: loop) }
                member = attachment.member
                service.joined(ticket)
                work(on: loop)
            } catch {
                Log.warning("a join to \(ticket.room) failed: \(error)")
                session?.close(.tryAgainLater, reason: "the room can't be entered just now", on: loop)
                // It may have been done after all, with the answer lost.
                await leave(generation: 1, on: loop)
            }
        }
    }

    /// The hub's deliveries to one loop, in order.
    static func take(_ delivery: Delivery, in context: WebSocketLoop, on loop: isolated EventLoop) {
        switch delivery {
        case .broadcast(let room, let frame):
            context.topics.publish(frame, to: room.text, on: loop)
        case .opening(let ticket, let frames):
            guard let session = context.session(ticket.session), let chat = session.context as? ChatSession else { return }
            for frame in frames { session.send(frame, on: loop) }
            context.topics.subscribe(session, to: ticket.room.text)
            chat.isOpened = true
            chat.work(on: loop)
        }
    }

    // MARK: Out

    func ended(on loop: isolated EventLoop) {
        isEnded = true
        queue = []
        service.left(ticket)
        guard let attachment else { return }
        Task { await leave(generation: attachment.generation, on: loop) }
    }

    private func leave(generation: Int, on loop: isolated EventLoop) async {
        service.leavesUnderWay.begin()
        do throws(StoreError) {
            try await service.store.leave(ticket.socket, generation: generation, from: ticket.room, on: loop)
        } catch {
            Log.warning("\(ticket.socket) could not leave \(ticket.room): \(error)")
        }
        service.leavesUnderWay.end()
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
            send(TopicJSON.error(error), on: loop)
        }
    }

    private func limitRate(id: String?, on loop: isolated EventLoop) throws(ClientError) {
        guard let wait = rate.take(at: loop.now) else { return }
        throw ClientError(code: .rateLimited, message: "That was too fast.", id: id, retry: wait)
    }

    private func send(_ json: [UInt8], on loop: isolated EventLoop) {
        session?.send(SharedFrame.text(json), on: loop)
    }

    private func typing(on loop: isolated EventLoop) {
        if let lastTyping, lastTyping.advanced(by: Self.typingInterval) > loop.now { return }
        guard isOpened, let attachment else { return }
        lastTyping = loop.now
        Task {
            // Not worth a word if it fails: the next one comes in two seconds.
            try? await service.store.announceTyping(ticket.socket, epoch: attachment.epoch, in: ticket.room, on: loop)
        }
    }

    private func enqueue(_ command: ClientCommand, _ session: WebSocketSession, on loop: isolated EventLoop) {
        queue.append(command)
        if queue.count >= Self.queueLimit { session.pauseInput(on: loop) }
        work(on: loop)
    }

    /// Does what is queued, one at a time, once the join has ended: what came before it waits here.
    private func work(on loop: isolated EventLoop) {
        guard isOpened, attachment != nil, !isWorking, !queue.isEmpty else { return }
        isWorking = true
        Task {
            while !queue.isEmpty, !isEnded {
                let command = queue.removeFirst()
                if queue.count == Self.queueLimit / 2 { session?.resumeInput(on: loop) }
                await perform(command, on: loop)
            }
            isWorking = false
        }
    }

    private func perform(_ command: ClientCommand, on loop: isolated EventLoop) async {
        do throws(StoreError) {
            switch command {
            case .send(let text, let id):
                let message = OutgoingMessage(id: id ?? service.messageIDs.next(), member: member, text: text)
                let receipt = try await service.store.append(message, to: ticket.room, on: loop)
                if let id { send(TopicJSON.ack(id: id, receipt), on: loop) }
            case .rename(let name):
                guard let attachment else { return }
                var renamed = member
                renamed.username = name
                try await service.store.rename(renamed, generation: attachment.generation, in: ticket.room, on: loop)
                member = renamed
            case .history(let before, let limit):
                let page = try await service.store.page(before: before, limit: limit, of: ticket.room, on: loop)
                send(
                    TopicJSON.messagePage(page.messages, isComplete: page.isComplete, epoch: page.epoch), on: loop)
            case .ping, .typing: break
            }
        } catch {
            Log.warning("\(ticket.room): \(error)")
            let id: String? = if case .send(_, let id) = command { id } else { nil }
            let message = "This could not be done just now; it is not known to be kept."
            send(
                TopicJSON.error(ClientError(code: .unavailable, message: message, id: id, retry: .seconds(1))),
                on: loop)
        }
    }
}
