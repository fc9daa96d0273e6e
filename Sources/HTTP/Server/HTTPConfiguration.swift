/// What an HTTP server allows. Every limit has a default that is safe on the open internet.
public struct HTTPConfiguration: Sendable {
    /// What a request's head and body may cost. More is answered with 413, 414 or 431. A handler may allow a request a
    /// larger body, which it then reads itself.
    public var limits = HTTPLimits()
    /// How long a peer may take from connecting to the end of its first request, and for each later one from its first
    /// byte to its end.
    public var requestTimeout: Duration = .seconds(10)
    /// How long a connection may be idle between two requests. It is announced in a Keep-Alive field, in whole seconds,
    /// and kept for a tenth longer, by 2 s at most.
    public var keepAliveTimeout: Duration = .seconds(75)
    /// How long the whole body may take that a handler reads. While it waits for more, each part of it may take up to
    /// `requestTimeout`. More is answered with 408.
    public var bodyTimeout: Duration = .seconds(300)
    /// How long a handler may take for a later answer, from when the body was read or isn't being read. After it the
    /// request gets 503.
    public var answerTimeout: Duration = .seconds(60)
    /// A peer that takes no byte of a streamed answer for so long, though some wait for it, is cut off.
    public var stallTimeout: Duration = .seconds(30)
    /// How many tasks may answer requests at once on one loop; one more request gets 503.
    public var maximumTasks = 10_000
    /// How many bytes a connection that ends still reads away, so that a peer in the midst of sending meets the answer
    /// and not a reset connection (RFC 9112 §9.6).
    public var lingeringBytes = 1_048_576
    /// How long a closing connection may take.
    public var closeTimeout: Duration = .seconds(10)
    /// How many bytes of answers may wait for one peer before its next request is read. One answer may be larger.
    public var outboundBudget = 1_048_576
    /// How many connections there may be at once; one more is answered with 503.
    public var maximumConnections = Int.max
    /// How many of one address; nil for any number. One more is answered with 429.
    public var maximumConnectionsPerAddress: Int?
    /// How many refused connections there may be at once, beyond those: each is told why and kept for up to
    /// `closeTimeout`. One more is closed without a word. With `maximumConnections` it bounds the files that are open.
    public var maximumRefusals = 1_024
    /// Which web pages may change the protocol of a connection. Their hosts are names that the server answers to.
    public var origins: OriginPolicy = .sameOrigin
    /// Under which names the server answers, besides the hosts of `origins`; others get 421. nil: what listens on the
    /// loopback interface alone answers to its names and to addresses, which keeps DNS rebinding out; what others can
    /// reach answers to any.
    public var hosts: HostPolicy?
    /// Paths that are answered under any name: a probe for one.
    public var pathsForAnyHost: Set<String> = []

    public init() {}
}
