import Transport

/// One topic's listeners on one loop, and what was published to it since the last tick ended.
final class Topic {
    private(set) var listeners: [WebSocketSession] = []
    /// What `EventLoop.sendAtOnce` knows each of them by: here, so that a broadcast needn't fetch sessions from memory.
    private var tokens: [UInt64] = []
    private var positions: [WebSocketSession.ID: Int] = [:]
    private var waiting: [SharedFrame] = []
    private(set) var waitingByteCount = 0
    /// Whether it is among those that are delivered when the tick ends.
    var isDue = false
    /// Whether somebody here listens, or has listened, to another topic as well.
    var isShared = false

    func hears(_ session: WebSocketSession) -> Bool { positions[session.id] != nil }

    func add(_ session: WebSocketSession) {
        positions[session.id] = listeners.count
        listeners.append(session)
        tokens.append(session.outputToken)
    }

    /// False: it wasn't there.
    func remove(_ session: WebSocketSession) -> Bool {
        guard let position = positions.removeValue(forKey: session.id), let last = listeners.popLast(),
            let lastToken = tokens.popLast()
        else { return false }
        if last !== session {
            listeners[position] = last
            tokens[position] = lastToken
            positions[last.id] = position
        }
        return true
    }

    func append(_ frame: SharedFrame) {
        waiting.append(frame)
        waitingByteCount += frame.byteCount
    }

    /// Sends what waits to every listener.
    ///
    /// - Parameter limit: what is no longer than this is all that a listener gets in this tick, and is written at once
    ///   where nothing else waits for it.
    func deliver(atOnceUpTo limit: Int = 0, on loop: isolated EventLoop) {
        if waiting.isEmpty { return }
        let frames = waiting
        (waiting, waitingByteCount) = ([], 0)
        let pieces = SharedFrame.joined(frames)
        // A listener over its budget leaves while this runs: the arrays that are walked are snapshots.
        let (listeners, tokens) = (listeners, tokens)
        let piece = pieces[0]
        let isAtOnce = pieces.count == 1 && piece.count <= limit
        for index in listeners.indices {
            if isAtOnce, let written = loop.sendAtOnce(piece, to: tokens[index]) {
                if written < piece.count { listeners[index].deliver(piece, written: written, on: loop) }
            } else {
                deliver(frames, as: pieces, to: listeners[index], on: loop)
            }
        }
    }

    private func deliver(
        _ frames: [SharedFrame], as pieces: [SharedBytes], to session: WebSocketSession, on loop: isolated EventLoop
    ) {
        if session.isCompressing {
            for frame in frames where hears(session) { session.deliver(frame, on: loop) }
        } else {
            // Whoever has left over the first of several gets none of the others: it would take them for all there is.
            for piece in pieces where hears(session) { session.deliver(piece, on: loop) }
        }
    }
}
