import Transport

/// What a server has done, and refused, since it was made.
public struct WebSocketMetrics: Sendable, Hashable {
    /// Connections taken, those refused with an answer included.
    public var connections = 0
    /// Connections closed without a word: too many others were being refused at the time.
    public var droppedConnections = 0
    /// Handshakes that became sessions.
    public var sessions = 0
    /// Sessions that have ended.
    public var endedSessions = 0
    /// Responses by their status; upgrades are counted as sessions.
    public var responses: [HTTPStatus: Int] = [:]
    /// Sessions closed by this server first, by the code it gave.
    public var closes: [CloseCode: Int] = [:]
    /// Connections that said nothing, or not enough, up to the handshake timeout: answered with 408 or by nothing.
    public var slowHandshakes = 0
    /// Sessions given up because a ping was never answered.
    public var silentPeers = 0
    /// How often a peer was over its outbound budget and lost the marked frames that waited for it.
    public var slowPeers = 0
    /// Connections cut at the close timeout.
    public var slowCloses = 0
}

/// Where all loops count. Nothing on the path of a message does.
final class WebSocketMeter: Sendable {
    private let metrics = Locked(WebSocketMetrics())

    var current: WebSocketMetrics { metrics.withLock { $0 } }

    func count(_ change: (inout WebSocketMetrics) -> Void) { metrics.withLock { change(&$0) } }

    func responded(_ status: HTTPStatus) { metrics.withLock { $0.responses[status, default: 0] += 1 } }

    func closed(_ code: CloseCode) { metrics.withLock { $0.closes[code, default: 0] += 1 } }
}
