import Transport

/// What an HTTP server has done, and refused, since it was made.
public struct HTTPMetrics: Sendable, Hashable {
    /// Connections taken, those refused with an answer included.
    public var connections = 0
    /// Connections closed without a word: too many others were being refused at the time.
    public var droppedConnections = 0
    /// Responses by their status; upgrades are not among them.
    public var responses: [HTTPStatus: Int] = [:]
    /// Connections that said nothing, or not enough, up to the request timeout: answered with 408 or by nothing.
    public var slowRequests = 0
    /// Requests whose answer wasn't there in time: answered with 503.
    public var overdueAnswers = 0
    /// Connections cut because the peer took no byte of a streamed answer.
    public var stalledStreams = 0

    public init() {}
}

/// Where all loops count.
final class HTTPMeter: Sendable {
    private let metrics = Locked(HTTPMetrics())

    var current: HTTPMetrics { metrics.withLock { $0 } }

    func count(_ change: (inout HTTPMetrics) -> Void) { metrics.withLock { change(&$0) } }

    func responded(_ status: HTTPStatus) { metrics.withLock { $0.responses[status, default: 0] += 1 } }
}
