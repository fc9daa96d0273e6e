import Rooms
import Transport
import WebSocket

/// What the chat has on one loop: for its sessions, and how far each room has come there.
final class ChatLoop {
    let service: ChatService
    // It is this one's owner.
    unowned let context: WebSocketLoop
    var positions: [RoomName: RoomPosition] = [:]
    /// Those whose connection has ended and who have something left to do.
    var departing: [ConnectionID: ChatSession] = [:]

    init(_ context: WebSocketLoop, service: ChatService) {
        (self.context, self.service) = (context, service)
        context.context = self
    }

    /// nil where nobody has come in yet.
    static func of(_ context: WebSocketLoop) -> ChatLoop? { context.context as? ChatLoop }

    /// What the hub says.
    func take(_ delivery: Delivery, on loop: isolated EventLoop) {
        switch delivery {
        case .broadcast(let room, let frame, let position):
            positions[room] = position
            context.topics.publish(frame, to: room.text, on: loop)
        case .page(let page):
            guard let session = context.session(page.ticket.connection.session) else { return }
            (session.context as? ChatSession)?.take(page, session, on: loop)
        case .logEnds(let room):
            for session in context.topics.listeners(of: room.text) {
                (session.context as? ChatSession)?.logEnded(session, on: loop)
            }
        case .closed(let room):
            positions[room] = nil
        case .refused(let room):
            for session in context.allSessions {
                (session.context as? ChatSession)?.refused(room, session, on: loop)
            }
        case .taken(let displaced):
            let id = displaced.connection
            let session = departing[id] ?? context.session(id.session)?.context as? ChatSession
            session?.displaced(mayFinish: displaced.mayFinish, on: loop)
        }
    }
}

extension CloseCode {
    /// Ours: the room doesn't exist, and may not be made by whoever comes.
    static let noSuchRoom = CloseCode(rawValue: 4004)

    /// Ours: the member has another connection now, and this page is not to come back by itself.
    static let movedElsewhere = CloseCode(rawValue: 4001)
}
