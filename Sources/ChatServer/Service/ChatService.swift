import Rooms
import Synchronization
import Transport
import WebSocket

/// The chat, as the WebSocket server's handler: pages and health by HTTP, rooms by WebSocket.
final class ChatService: WebSocketHandler {
    let settings: Settings
    let store: any ChatStore
    let serverName: String
    /// Ids for sends whose clients give none.
    let messageIDs = RandomSeries()
    /// Sessions until all they asked for has been done.
    let presences = Countdown()
    let meter = ChatMeter()
    let roomMeter = RoomMeter()
    private let refusals = RefusalLog()
    private let joinLimits: JoinLimits
    private let limitedJoins = Locked(
        OccasionalWarning(
            "joins that came faster from one address than --join-rate allows; a proxy's is all its clients'"))
    private let pages: WebPages
    private let routes: Router<ChatResource>
    private let hub = Locked<LoopBound<RoomHub>?>(nil)
    private let server = Locked<WebSocketServer?>(nil)
    private let isDraining = Atomic<Bool>(false)
    /// Whether nobody new is let in any more.
    private let isLeaving = Atomic<Bool>(false)

    init(settings: Settings, store: any ChatStore, serverName: String, pages: WebPages) {
        self.settings = settings
        joinLimits = JoinLimits(perSecond: settings.joinRate, limitsThisMachine: settings.limitsJoinsFromHere)
        self.store = store
        self.serverName = serverName
        self.pages = pages
        routes = ChatResource.routes(withMetrics: settings.tellsMetrics)
    }

    /// Connects the store to the sessions of `server`. To be called before it listens.
    func start(_ server: WebSocketServer) async {
        self.server.withLock { $0 = server }
        let frames = PageFrames(
            server: serverName, limits: settings.limits, pageBytes: settings.pageBytes,
            rosterLimit: settings.rosterLimit)
        let made = RoomHub(
            store: store, audience: RoomBroadcaster(server, pageFrames: frames, compresses: settings.compresses),
            serverName: serverName, options: settings.hub, meter: roomMeter)
        let box = LoopBound(made, loop: server.group.loops[0])
        hub.withLock { $0 = box }
        let feed: LoopBound<any RoomFeed> = await withCheckedContinuation { continuation in
            box.loop.submit { loop in continuation.resume(returning: LoopBound(box.open(on: loop), on: loop)) }
        }
        await store.start(feed)
        onHub { $0.startWatch(on: $1) }
        server.closeAllAfterFreeze(longerThan: settings.repeatWindow, .serviceRestart)
    }

    /// Sends everybody to other servers, each at its own moment, and returns when the last has gone.
    ///
    /// Their members stay in the rosters: they come back elsewhere, or leave when this server's lease lapses.
    /// - Parameter delay: how long before the first farewell `/health` says so, for balancers to see. Until then those
    ///   whom they still send are let in. It is a part of `limit`.
    func drain(_ server: WebSocketServer, within limit: Duration, delay: Duration = .zero) async {
        isDraining.store(true, ordering: .relaxed)
        server.startDraining()
        if delay > .zero { await server.group.loops[0].sleep(for: delay) }
        isLeaving.store(true, ordering: .relaxed)
        onHub { hub, _ in hub.isDraining = true }
        let spread = (limit - delay) * 0.8
        for index in server.group.loops.indices {
            server.submit(toLoop: index) { context, loop in
                for session in context.allSessions {
                    let delay = spread * Double.random(in: 0...1)
                    session.send(SharedFrame.text(TopicJSON.reconnect(in: delay)), on: loop)
                    _ = loop.schedule(Farewell(session), after: delay)
                }
            }
        }
        await server.waitUntilFreeOfSessions()
        await presences.wait()
        // What is left are requests: nobody is waited for who only asks again and again.
        await server.shutDown()
        await store.stop()
    }

    private var isStopping: Bool { isDraining.load(ordering: .relaxed) }

    // MARK: The hub, from any loop

    private func onHub(_ body: @escaping @Sendable (RoomHub, isolated EventLoop) -> Void) {
        guard let box = hub.withLock({ $0 }) else { return }
        box.loop.submit { loop in body(box.open(on: loop), loop) }
    }

    func prepare(_ opening: CatchUp, by deadline: ContinuousClock.Instant) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            onHub { hub, loop in
                hub.prepare(opening, by: deadline, on: loop) { (result: Result<Void, StoreError>) in
                    continuation.resume(returning: result)
                }
            }
        }
        try result.get()
    }

    func attached(_ ticket: JoinTicket, _ attachment: Attachment) {
        onHub { $0.attached(ticket, attachment, on: $1) }
    }

    func superseded(_ ticket: JoinTicket) { onHub { $0.superseded(ticket, on: $1) } }

    func withdrawn(_ ticket: JoinTicket) { onHub { $0.withdrawn(ticket, on: $1) } }

    func finished(_ ticket: JoinTicket) { onHub { $0.finished(ticket, on: $1) } }

    /// Returns when those who had the session's member before it have done what they were asked for.
    func awaitTurn(_ ticket: JoinTicket) async {
        await withCheckedContinuation { continuation in
            onHub { hub, _ in hub.awaitTurn(ticket) { continuation.resume() } }
        }
    }

    func detached(_ ticket: JoinTicket, generation: Int?, hold: Duration) {
        onHub { $0.detached(ticket, generation: generation, hold: hold, on: $1) }
    }

    func renamed(_ member: Member, in room: RoomName) { onHub { hub, _ in hub.renamed(member, in: room) } }

    func catchUp(_ catchUp: CatchUp) { onHub { $0.catchUp(catchUp, on: $1) } }

    // MARK: HTTP

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer {
        switch routes.match(request) {
        case .found(let resource, _):
            return answer(request, with: resource)
        case .options(let allowed):
            let isThere = request.target == "*" || resource(at: request) != .page || pages.response(to: request) != nil
            return .response(isThere ? .options(allowed: allowed) : .notFound)
        case .methodNotAllowed(let allowed):
            // By the handshake: it says first whether the page that asks may connect at all, whatever its method.
            if resource(at: request) == .chat { return respondToUpgrade(request) }
            return .response(.methodNotAllowed(allowed: allowed))
        case .notFound:
            return .response(.notFound)
        }
    }

    /// What a GET would find at this path.
    private func resource(at request: HTTPRequest) -> ChatResource? {
        guard case .found(let resource, _) = routes.match(method: "GET", segments: request.pathSegments) else {
            return nil
        }
        return resource
    }

    private func answer(_ request: HTTPRequest, with resource: ChatResource) -> HTTPAnswer {
        switch resource {
        case .chat: respondToUpgrade(request)
        case .live: .response(HTTPResponse(status: .ok, text: "ok"))
        case .health: .response(health)
        case .metrics: .response(metrics)
        case .page: .response(pages.response(to: request) ?? .notFound)
        }
    }

    func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, on loop: isolated EventLoop
    ) -> HTTPResponse {
        refusals.refused(request, for: reason, with: response, at: loop.now)
    }

    private var health: HTTPResponse {
        if isStopping { return HTTPResponse(status: .serviceUnavailable, text: "draining") }
        if let problem = store.problem { return HTTPResponse(status: .serviceUnavailable, text: problem) }
        return HTTPResponse(status: .ok, text: "ok")
    }

    private var metrics: HTTPResponse {
        guard let server = server.withLock({ $0 }) else { return .notFound }
        let text = MetricsPage.make(
            server.metrics, meter.current, roomMeter.current, connections: server.connectionCount,
            isStoreAvailable: store.isAvailable)
        return HTTPResponse(status: .ok, headers: ["Content-Type": MetricsPage.contentType], body: Array(text.utf8))
    }

    private func respondToUpgrade(_ request: HTTPRequest) -> HTTPAnswer {
        if isLeaving.load(ordering: .relaxed) { return .response(health) }
        if let room = request.query("room"), RoomName(room) == nil {
            return .response(
                HTTPResponse(
                    status: .badRequest, text: "A room's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'."))
        }
        let room = request.query("room").flatMap { RoomName($0) } ?? .lobby
        // Whether a room exists is for the store to say, once there is somebody to be told.
        guard settings.rooms.admits(room) || settings.rooms.admitsExisting else {
            return .response(
                HTTPResponse(status: .badRequest, text: "There is no room '\(room)' on this server (--rooms)."))
        }
        if let name = request.query("name"), !name.isEmpty, Member.validName(name) == nil {
            return .response(HTTPResponse(status: .badRequest, text: Member.nameRule))
        }
        return .webSocket
    }

    // MARK: WebSocket

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        let room = request.query("room").flatMap { RoomName($0) } ?? .lobby
        guard let delay = joinLimits.delay(of: session.remoteAddress, to: room, at: loop.now) else {
            meter.count { $0.limitedJoins += 1 }
            limitedJoins.withLock { $0.count(at: loop.now) }
            return session.close(.tryAgainLater, reason: "too many come in from your address at once", on: loop)
        }
        let name = request.query("name").flatMap(Member.validName) ?? RandomName.make()
        let home = ChatLoop.of(session.neighbours) ?? ChatLoop(session.neighbours, service: self)
        let chat = ChatSession(session, home: home, name: name, room: room, on: loop)
        session.context = chat
        session.dropsMarked = true
        let token = request.query("token").flatMap { MemberToken($0) }
        var position: RoomPosition?
        if let epoch = request.query("epoch"), let after = request.query("after").flatMap({ Int($0) }), after >= 0 {
            position = RoomPosition(epoch: epoch, seq: after)
        }
        chat.join(token: token, position: position, after: delay, on: loop)
    }

    func drained(_ session: WebSocketSession, on loop: isolated EventLoop) {
        (session.context as? ChatSession)?.drained(on: loop)
    }

    func overflowed(_ session: WebSocketSession, lowest: Int, on loop: isolated EventLoop) {
        (session.context as? ChatSession)?.overflowed(lowest: lowest, on: loop)
    }

    func received(_ message: WebSocketMessage, from session: WebSocketSession, on loop: isolated EventLoop) {
        switch message {
        case .text(let text):
            (session.context as? ChatSession)?.received(text, from: session, on: loop)
        case .binary:
            session.close(.unsupportedData, reason: "only text is understood here", on: loop)
        }
    }

    func closed(_ session: WebSocketSession, _ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        (session.context as? ChatSession)?.ended(ending, on: loop)
        session.context = nil
    }
}

/// Closes a session when its moment has come.
private final class Farewell: TimerHandler {
    private let session: WebSocketSession
    init(_ session: WebSocketSession) { self.session = session }

    func timerFired(on loop: isolated EventLoop) {
        session.close(.serviceRestart, reason: "this server is going away", on: loop)
    }
}
