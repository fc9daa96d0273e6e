/// What a server allows. Every limit has a default that is safe on the open internet.
public struct WebSocketConfiguration: Sendable {
    /// What one message may cost: bytes and fragments. More closes with 1009 (1008 for fragments).
    public var limits = ConnectionProtocol.Limits()
    /// What the server allows before a connection is a WebSocket: how many connections there may be, from which pages,
    /// under which names, and what requests may cost. The handshake is one of them.
    public var http = HTTPConfiguration()
    /// How long a close handshake may take (RFC 6455 §7.1.1).
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
    /// What permessage-deflate (RFC 7692) may be negotiated to; nil: every offer is declined.
    public var compression: PerMessageDeflate.Options?
    /// The subprotocols to choose from, at most 32,768.
    public var subprotocols: [String] = []

    public init() {}
}
