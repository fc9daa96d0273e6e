public import Transport

/// Who listens to what, on one loop. Publishing costs one reference a listener; the writes come at the end of the tick.
public final class Topics {
    private struct Listeners {
        var sessions: [WebSocketSession] = []
        var positions: [WebSocketSession.ID: Int] = [:]
    }

    private var listeners: [String: Listeners] = [:]

    /// How many topics have listeners.
    public var topicCount: Int { listeners.count }

    public func count(of topic: String) -> Int { listeners[topic]?.sessions.count ?? 0 }

    public func subscribe(_ session: WebSocketSession, to topic: String) {
        // One that is closing has left its topics for good.
        guard session.isOpen, listeners[topic]?.positions[session.id] == nil else { return }
        listeners[topic, default: Listeners()].positions[session.id] = count(of: topic)
        listeners[topic]?.sessions.append(session)
        session.topics.append(topic)
    }

    public func unsubscribe(_ session: WebSocketSession, from topic: String) {
        session.topics.removeAll { $0 == topic }
        guard let position = listeners[topic]?.positions.removeValue(forKey: session.id),
            let last = listeners[topic]?.sessions.popLast()
        else { return }
        if last !== session {
            listeners[topic]?.sessions[position] = last
            listeners[topic]?.positions[last.id] = position
        }
        if listeners[topic]?.sessions.isEmpty == true { listeners[topic] = nil }
    }

    func remove(_ session: WebSocketSession) {
        while let topic = session.topics.last { unsubscribe(session, from: topic) }
    }

    /// Queues the frame for every listener.
    public func publish(_ frame: SharedFrame, to topic: String, on loop: isolated EventLoop) {
        // A listener over its budget leaves while this runs: the array that is walked is a snapshot.
        guard let sessions = listeners[topic]?.sessions else { return }
        for session in sessions { session.send(frame, on: loop) }
    }
}
