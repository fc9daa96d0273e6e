import Transport

/// One topic's listeners on one loop, and what was published to it since the last tick ended.
final class Topic {
    private(set) var listeners: [WebSocketSession] = []
    private var positions: [WebSocketSession.ID: Int] = [:]
    private var waiting: [SharedFrame] = []
    private(set) var waitingByteCount = 0
    /// Whether it is among those that are delivered when the tick ends.
    var isDue = false

    func hears(_ session: WebSocketSession) -> Bool { positions[session.id] != nil }

    func add(_ session: WebSocketSession) {
        positions[session.id] = listeners.count
        listeners.append(session)
    }

    /// False: it wasn't there.
    func remove(_ session: WebSocketSession) -> Bool {
        guard let position = positions.removeValue(forKey: session.id), let last = listeners.popLast() else {
            return false
        }
        if last !== session {
            listeners[position] = last
            positions[last.id] = position
        }
        return true
    }

    func append(_ frame: SharedFrame) {
        waiting.append(frame)
        waitingByteCount += frame.byteCount
    }

    /// Sends what waits to every listener.
    func deliver(isAtEndOfTick: Bool = false, on loop: isolated EventLoop) {
        if waiting.isEmpty { return }
        let frames = waiting
        (waiting, waitingByteCount) = ([], 0)
        let pieces = SharedFrame.joined(frames)
        // A listener over its budget leaves while this runs: the array that is walked is a snapshot.
        for session in listeners {
            if session.isCompressing {
                deliver(frames.count, to: session) { session.deliver(frames[$0], on: loop) }
            } else {
                let isAll = isAtEndOfTick && pieces.count == 1
                deliver(pieces.count, to: session) { session.deliver(pieces[$0], isAtEndOfTick: isAll, on: loop) }
            }
        }
    }

    /// Whoever has left over the first of several gets none of the others: it would take them for all there is.
    private func deliver(_ count: Int, to session: WebSocketSession, _ send: (Int) -> Void) {
        send(0)
        for index in 1..<max(1, count) where hears(session) { send(index) }
    }
}
