/// When the system gives a TCP connection up whose peer, or whose way there, has gone without a word.
///
/// In whole seconds, at least one; what a system can't be told is left as it is.
public struct TCPKeepAlive: Hashable, Sendable {
    /// After so long without a byte the peer is probed,
    public var idle: Duration
    /// every so often,
    public var interval: Duration
    /// and given up after so many probes without an answer.
    public var count: Int
    /// What was written and isn't acknowledged for so long ends the connection (RFC 5482), idle or not.
    public var unacknowledged: Duration

    public init(
        idle: Duration = .seconds(15), interval: Duration = .seconds(5), count: Int = 3,
        unacknowledged: Duration = .seconds(10)
    ) {
        self.idle = idle
        self.interval = interval
        self.count = count
        self.unacknowledged = unacknowledged
    }
}
