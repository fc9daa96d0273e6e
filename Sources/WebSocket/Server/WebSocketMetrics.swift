import Transport

/// What a server has done, and refused, since it was made.
public struct WebSocketMetrics: Sendable, Hashable {
    /// What it has done before, and instead of, handshakes.
    public var http = HTTPMetrics()
    /// Handshakes that became sessions.
    public var sessions = 0
    /// Sessions that have ended.
    public var endedSessions = 0
    /// Sessions closed by this server first, by the code it gave.
    public var closes: [CloseCode: Int] = [:]
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

    func closed(_ code: CloseCode) { metrics.withLock { $0.closes[code, default: 0] += 1 } }
}
