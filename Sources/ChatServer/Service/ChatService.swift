import Synchronization
import Transport
import WebSocket

/// The chat, as the WebSocket server's handler: pages and health by HTTP, rooms by WebSocket.
final class ChatService: WebSocketHandler {
    let settings: Settings
    let store: any ChatStore
    let serverName: String
    let leavesUnderWay = Countdown()
    /// Ids for sends whose clients give none.
    let messageIDs = RandomSeries()
    private let pages: WebPages
    private let hub = Locked<LoopBound<RoomHub>?>(nil)
    private let isDraining = Atomic<Bool>(false)

    init(settings: Settings, store: any ChatStore, serverName: String, pages: WebPages) {
        self.settings = settings
        self.store = store
        self.serverName = serverName
        self.pages = pages
    }

    /// Connects the store to the sessions of `server`. To be called before it listens.
    func start(_ server: WebSocketServer) async {
        let made = RoomHub(store: store, server: server, serverName: serverName, options: settings.hub)
        let box = LoopBound(made, loop: server.group.loops[0])
        hub.withLock { $0 = box }
        let feed: LoopBound<any RoomFeed> = await withCheckedContinuation { continuation in
            box.loop.submit { loop in continuation.resume(returning: LoopBound(box.open(on: loop), on: loop)) }
        }
        await store.start(feed)
    }

    /// Sends everybody away and waits until they have left their rooms.
    func stop(_ server: WebSocketServer) async {
        isDraining.store(true, ordering: .relaxed)
        await server.shutDown()
        await leavesUnderWay.wait()
        await store.stop()
    }

    // MARK: The hub, from any loop

    private func onHub(_ body: @escaping @Sendable (RoomHub, isolated EventLoop) -> Void) {
        guard let box = hub.withLock({ $0 }) else { return }
        box.loop.submit { loop in body(box.open(on: loop), loop) }
    }

    func prepare(_ ticket: JoinTicket) async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            onHub { hub, loop in
                hub.prepare(ticket, on: loop) { (result: Result<Void, StoreError>) in
                    continuation.resume(returning: result)
                }
            }
        }
        try result.get()
    }

    func joined(_ ticket: JoinTicket) { onHub { $0.joined(ticket, on: $1) } }

    func left(_ ticket: JoinTicket) { onHub { $0.leave(ticket, on: $1) } }

    // MARK: HTTP

    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer {
        if request.path == "/ws" { return respondToUpgrade(request) }
        guard request.method == "GET" || request.method == "HEAD" else {
            var response = HTTPResponse(status: .methodNotAllowed, text: "GET and HEAD are all there is.")
            response.headers.append("Allow", "GET, HEAD")
            return .response(response)
        }
        switch request.path {
        case "/live": return .response(HTTPResponse(status: .ok, text: "ok"))
        case "/health": return .response(health)
        default: return .response(pages.response(to: request) ?? .notFound)
        }
    }

    private var health: HTTPResponse {
        if isDraining.load(ordering: .relaxed) { return HTTPResponse(status: .serviceUnavailable, text: "draining") }
        if !store.isAvailable { return HTTPResponse(status: .serviceUnavailable, text: "the store does not answer") }
        return HTTPResponse(status: .ok, text: "ok")
    }

    private func respondToUpgrade(_ request: HTTPRequest) -> HTTPAnswer {
        if isDraining.load(ordering: .relaxed) { return .response(health) }
        if let room = request.query("room"), RoomName(room) == nil {
            return .response(
                HTTPResponse(
                    status: .badRequest, text: "A room's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'."))
        }
        if let name = request.query("name"), !name.isEmpty, Member.validName(name) == nil {
            return .response(
                HTTPResponse(
                    status: .badRequest,
                    text: "A name has 1 to \(Member.longestName) characters, and no control characters."))
        }
        return .webSocket
    }

    // MARK: WebSocket

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        let room = request.query("room").flatMap { RoomName($0) } ?? .lobby
        let name = request.query("name").flatMap(Member.validName) ?? RandomName.make()
        let (socket, secret) = (RandomText.socket, RandomText.secret)
        let member = Member(socket: socket, username: name, avatar: "/avatars/\(socket).svg", joined: 0)
        let chat = ChatSession(
            session, service: self, member: member, room: room, token: "\(socket).\(secret)", on: loop)
        session.context = chat
        chat.join(secret: secret, on: loop)
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
        (session.context as? ChatSession)?.ended(on: loop)
        session.context = nil
    }
}
