public import Transport

/// What a server has on one loop: its sessions there, and the topics they listen to.
public final class WebSocketLoop {
    /// How near the server is to its end.
    enum Stage {
        case serving
        /// Every response closes its connection, and no connection waits for another request.
        case draining
        /// Every connection ends.
        case closing
    }

    let configuration: WebSocketConfiguration
    let handler: any WebSocketHandler
    let meter: WebSocketMeter
    let desk: AdmissionDesk
    let compressor: MessageCompressor
    private var sessions: [WebSocketSession.ID: WebSocketSession] = [:]
    /// Connections that are no session yet, or never will be.
    private var handshakes: [ObjectIdentifier: HTTPConnection] = [:]
    private var lastNumber: UInt64 = 0
    private var dateSecond: Int64 = -1
    private var dateText = ""
    public let topics: Topics
    /// What the handler keeps with the loop.
    public var context: AnyObject?
    private(set) var stage = Stage.serving
    private var emptied: [() -> Void] = []
    private var freed: [() -> Void] = []
    var closeAfterFreeze: CloseCode?

    init(
        configuration: WebSocketConfiguration, handler: any WebSocketHandler, meter: WebSocketMeter, desk: AdmissionDesk
    ) {
        self.configuration = configuration
        self.handler = handler
        // Of one piece, several must fit into what may wait for a listener.
        topics = Topics(
            longestWait: min(262_144, configuration.outboundBudget / 4), longestRest: configuration.gatherDelay)
        compressor = MessageCompressor(threshold: configuration.compression?.threshold ?? .max)
        self.meter = meter
        self.desk = desk
    }

    public var sessionCount: Int { sessions.count }

    /// The session of this name, if it is still open: look it up anew after every `await`.
    public func session(_ id: WebSocketSession.ID) -> WebSocketSession? { sessions[id] }

    public var allSessions: [WebSocketSession] { Array(sessions.values) }

    func nextID(on loop: isolated EventLoop) -> WebSocketSession.ID {
        lastNumber += 1
        return WebSocketSession.ID(loop: loop.index, number: lastNumber)
    }

    /// The value of the Date field, made anew once a second at most.
    var date: String {
        let second = System.secondsSince1970
        if second != dateSecond { (dateSecond, dateText) = (second, HTTPDate.text(secondsSince1970: second)) }
        return dateText
    }

    func began(_ handshake: HTTPConnection) { handshakes[ObjectIdentifier(handshake)] = handshake }

    func ended(_ handshake: HTTPConnection) {
        handshakes[ObjectIdentifier(handshake)] = nil
        tellIfEmpty()
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
        var waiting = freed
        freed = []
        if handshakes.isEmpty {
            waiting += emptied
            emptied = []
        }
        for resume in waiting { resume() }
    }

    /// Calls `done` when there is no connection any more.
    func whenEmpty(_ done: @escaping () -> Void) {
        emptied.append(done)
        tellIfEmpty()
    }

    /// Calls `done` when there is no session any more, whatever other connections there are.
    func whenFreeOfSessions(_ done: @escaping () -> Void) {
        freed.append(done)
        tellIfEmpty()
    }

    func startDraining(on loop: isolated EventLoop) {
        guard stage == .serving else { return }
        stage = .draining
        for handshake in Array(handshakes.values) { handshake.drain(on: loop) }
    }

    func shutDown(_ code: CloseCode, reason: String, on loop: isolated EventLoop) {
        stage = .closing
        closeAll(code, reason: reason, on: loop)
    }

    private func closeAll(_ code: CloseCode, reason: String, on loop: isolated EventLoop) {
        for handshake in Array(handshakes.values) { handshake.shutDown(on: loop) }
        for session in allSessions { session.close(code, reason: reason, on: loop) }
    }
}

extension WebSocketLoop: StallHandler {
    public func loopStalled(for time: Duration, on loop: isolated EventLoop) {
        guard let closeAfterFreeze else { return }
        Log.warning("this process stood still for \(time): every session is closed")
        closeAll(closeAfterFreeze, reason: "the server was frozen for too long", on: loop)
    }
}
