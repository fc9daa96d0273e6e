import Transport

/// What a server has on one loop: its sessions there, and the topics they listen to.
public final class WebSocketLoop {
    let configuration: WebSocketConfiguration
    let handler: any WebSocketHandler
    let meter: WebSocketMeter
    let limiter: ConnectionLimiter
    let compressor: MessageCompressor
    private var sessions: [WebSocketSession.ID: WebSocketSession] = [:]
    private var lastNumber: UInt64 = 0
    public let topics: Topics
    /// What the handler keeps with the loop.
    public var context: AnyObject?
    private var emptied: [() -> Void] = []

    init(
        configuration: WebSocketConfiguration, handler: any WebSocketHandler, meter: WebSocketMeter,
        limiter: ConnectionLimiter
    ) {
        self.configuration = configuration
        self.handler = handler
        // Of one piece, several must fit into what may wait for a listener.
        topics = Topics(
            longestWait: min(262_144, configuration.outboundBudget / 4), longestRest: configuration.gatherDelay)
        compressor = MessageCompressor(threshold: configuration.compression?.threshold ?? .max)
        self.meter = meter
        self.limiter = limiter
    }

    public var sessionCount: Int { sessions.count }

    /// The session of this name, if it is still open: look it up anew after every `await`.
    public func session(_ id: WebSocketSession.ID) -> WebSocketSession? { sessions[id] }

    public var allSessions: [WebSocketSession] { Array(sessions.values) }

    func nextID(on loop: isolated EventLoop) -> WebSocketSession.ID {
        lastNumber += 1
        return WebSocketSession.ID(loop: loop.index, number: lastNumber)
    }

    func opened(_ session: WebSocketSession, request: HTTPRequest, on loop: isolated EventLoop) {
        sessions[session.id] = session
        meter.count { $0.sessions += 1 }
        handler.opened(session, request: request, on: loop)
    }

    func closed(_ session: WebSocketSession, _ ending: WebSocketSession.Ending, on loop: isolated EventLoop) {
        sessions[session.id] = nil
        meter.count { $0.endedSessions += 1 }
        topics.remove(session, on: loop)
        handler.closed(session, ending, on: loop)
        tellIfEmpty()
    }

    private func tellIfEmpty() {
        guard sessions.isEmpty else { return }
        let waiting = emptied
        emptied = []
        for resume in waiting { resume() }
    }

    /// Calls `done` when there is no session any more.
    func whenEmpty(_ done: @escaping () -> Void) {
        emptied.append(done)
        tellIfEmpty()
    }

    func closeAll(_ code: CloseCode, reason: String, on loop: isolated EventLoop) {
        for session in allSessions { session.close(code, reason: reason, on: loop) }
    }
}
