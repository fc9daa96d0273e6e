/// What a server allows. Every limit has a default that is safe on the open internet.
public struct WebSocketConfiguration: Sendable {
    /// What one message may cost: bytes and fragments. More closes with 1009 (1008 for fragments).
    public var limits = ConnectionProtocol.Limits()
    /// What a request's head may cost. More is answered with 414 or 431.
    public var httpLimits = HTTPLimits()
    /// How long a peer may take from connecting to the end of its first request, and for each later one from its first
    /// byte to its end.
    public var handshakeTimeout: Duration = .seconds(10)
    /// How long a connection may be idle between two requests. It is announced in a Keep-Alive field, in whole seconds,
    /// and kept for a tenth longer, by 2 s at most.
    public var keepAliveTimeout: Duration = .seconds(75)
    /// How long a closing connection may take.
    public var closeTimeout: Duration = .seconds(10)
    /// A peer that has been quiet for so long is pinged (the first time up to half of it earlier, so that those who came
    /// together aren't pinged together),
    public var pingInterval: Duration = .seconds(20)
    /// and given up when it stays quiet for so long again.
    public var pongTimeout: Duration = .seconds(20)
    /// How many bytes may wait for one peer, pongs and Close frames included. At more it is closed with 1013.
    public var outboundBudget = 1_048_576
    /// How long a topic with many listeners may gather messages at most, to send them in one write each: it does so under
    /// load alone. Zero: never.
    public var gatherDelay: Duration = .milliseconds(5)
    /// A slow peer that drops marked frames is closed with 1013 when it has taken no byte for so long.
    public var stallTimeout: Duration = .seconds(30)
    /// How many pings and pongs a peer may send within a second; at more it is closed with 1008. They cost it little, and
    /// an answer each (RFC 6455 §5.5.2).
    public var maximumControlFrames = 1_000
    /// How many connections there may be at once; one more is answered with 503.
    public var maximumConnections = Int.max
    /// How many of one address; nil for any number. One more is answered with 429.
    public var maximumConnectionsPerAddress: Int?
    /// How many refused connections there may be at once, beyond those: each is told why and kept for up to
    /// `closeTimeout`. One more is closed without a word. With `maximumConnections` it bounds the files that are open.
    public var maximumRefusals = 1_024
    /// Which pages may connect.
    public var origins: OriginPolicy = .sameOrigin
    /// Under which names the server answers, besides the hosts of `origins`; others get 421. nil: what listens on the
    /// loopback interface alone answers to its names and to addresses, which keeps DNS rebinding out; what others can
    /// reach answers to any.
    public var hosts: HostPolicy?
    /// Paths that are answered under any name: a probe for one.
    public var pathsForAnyHost: Set<String> = []
    /// What permessage-deflate (RFC 7692) may be negotiated to; nil: every offer is declined.
    public var compression: PerMessageDeflate.Options?
    /// The subprotocols to choose from, at most 32,768.
    public var subprotocols: [String] = []

    public init() {}
}
