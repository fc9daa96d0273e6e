import Rooms
import WebSocket

/// A WebSocket session is a connection of the same name.
extension ConnectionID {
    init(_ session: WebSocketSession.ID) { self.init(rawValue: session.rawValue) }

    var session: WebSocketSession.ID { WebSocketSession.ID(rawValue: rawValue) }
}
