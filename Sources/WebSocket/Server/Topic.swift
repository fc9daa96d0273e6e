import Transport

/// One topic's listeners on one loop, and what was published to it and isn't delivered yet.
final class Topic {
    private(set) var listeners: [WebSocketSession] = []
    /// What `EventLoop.sendAtOnce` knows each of them by: here, so that a broadcast needn't fetch sessions from memory.
    private var tokens: [UInt64] = []
    private var positions: [WebSocketSession.ID: Int] = [:]
    private var waiting: [SharedFrame] = []
    private(set) var waitingByteCount = 0
    /// How many of the waiting frames a listener needn't get: it came later, or was given them before.
    private var heard: [WebSocketSession.ID: Int] = [:]
    var rest = DeliveryRest()
    /// Whether it is among those that are delivered when the tick ends.
    var isDue = false
    /// Whether somebody here listens, or has listened, to another topic as well.
    var isShared = false

    func hears(_ session: WebSocketSession) -> Bool { positions[session.id] != nil }

    func add(_ session: WebSocketSession) {
        positions[session.id] = listeners.count
        listeners.append(session)
        tokens.append(session.outputToken)
        if !waiting.isEmpty { skipWaiting(for: session) }
    }

    /// False: it wasn't there.
    func remove(_ session: WebSocketSession) -> Bool {
        guard let position = positions.removeValue(forKey: session.id), let last = listeners.popLast(),
            let lastToken = tokens.popLast()
        else { return false }
        heard[session.id] = nil
        if last !== session {
            listeners[position] = last
            tokens[position] = lastToken
            positions[last.id] = position
        }
        return true
    }

    func append(_ frame: SharedFrame, on loop: isolated EventLoop) {
        waiting.append(frame)
        waitingByteCount += frame.byteCount
        rest.published(at: loop.now)
    }

    // MARK: Delivering

    /// Sends one listener what waits, before all others.
    func deliver(to session: WebSocketSession, on loop: isolated EventLoop) {
        guard !waiting.isEmpty, hears(session) else { return }
        let frames = waiting[(heard[session.id] ?? 0)...]
        skipWaiting(for: session)
        deliver(frames, to: session, on: loop)
    }

    private func skipWaiting(for session: WebSocketSession) {
        guard let position = positions[session.id] else { return }
        heard[session.id] = waiting.count
        // Not what all others get.
        tokens[position] = .max
    }

    /// Sends what waits to every listener.
    ///
    /// - Parameter limit: what is no longer than this is all that a listener gets in this tick, and is written at once
    ///   where nothing else waits for it.
    func deliver(atOnceUpTo limit: Int = 0, on loop: isolated EventLoop) {
        if waiting.isEmpty { return }
        let (frames, heard) = (waiting, heard)
        let pieces = SharedFrame.joined(frames)
        // A listener over its budget leaves while this runs: the arrays that are walked are snapshots.
        let (listeners, tokens) = (listeners, tokens)
        (waiting, waitingByteCount, self.heard) = ([], 0, [:])
        for id in heard.keys {
            if let position = positions[id] { self.tokens[position] = listeners[position].outputToken }
        }
        let piece = pieces[0]
        let isAtOnce = pieces.count == 1 && piece.count <= limit
        for index in listeners.indices {
            if isAtOnce, let written = loop.sendAtOnce(piece, to: tokens[index]) {
                if written < piece.count { listeners[index].deliver(piece, written: written, on: loop) }
                continue
            }
            let session = listeners[index]
            if let count = heard.isEmpty ? nil : heard[session.id] {
                deliver(frames[count...], to: session, on: loop)
            } else if session.isCompressing {
                deliver(frames[...], to: session, on: loop)
            } else {
                for piece in pieces where hears(session) { session.deliver(piece, on: loop) }
            }
        }
    }

    /// Whoever has left over the first of several gets none of the others: it would take them for all there is.
    private func deliver(_ frames: ArraySlice<SharedFrame>, to session: WebSocketSession, on loop: isolated EventLoop) {
        for frame in frames where hears(session) { session.deliver(frame, on: loop) }
    }
}
