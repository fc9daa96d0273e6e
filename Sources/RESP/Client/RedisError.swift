/// Why a command has no good reply.
public enum RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Redis answered with an error: its whole text, such as `WRONGTYPE Operation against a key …`.
    case reply(String)
    /// The command was written, and the link was lost before its reply came. It may have been carried out.
    case connectionLost(String)
    /// The command was written and not answered in time. It may have been carried out.
    case timedOut
    /// The command could not be written in time, for want of a link. It was not carried out.
    case notConnected(String)
    /// The command was for a connection that is gone, and was not written.
    case connectionChanged
    /// Too many commands wait already. It was not written.
    case queueFull(limit: Int)
    /// The client was closed before the command was answered.
    case closed
    /// The reply was of another kind than the command's. Its beginning.
    case unexpectedReply(String)
    /// EXEC found a watched key changed: nothing was carried out.
    case transactionAborted
    /// The subscription's reader was too slow: more messages waited than this.
    case subscriptionOverflow(limit: Int)
    /// Not an address of a Redis server; what is wrong with it.
    case invalidAddress(String)

    /// The first word of an error reply, which tells its kind: `WRONGTYPE`, `NOSCRIPT`, `LOADING` …
    public var replyCode: Substring? {
        guard case .reply(let text) = self else { return nil }
        return text.prefix { $0 != " " }
    }

    public var description: String {
        switch self {
        case .reply(let text): text
        case .connectionLost(let reason): "the link to Redis was lost before the reply came: \(reason)"
        case .timedOut: "Redis did not answer in time"
        case .notConnected(let reason): "no link to Redis: \(reason)"
        case .connectionChanged: "the link to Redis is not the one the command was for"
        case .queueFull(let limit):
            "the queue for Redis is full: at most \(limit) commands, or as many as their bytes allow"
        case .closed: "the Redis client was closed"
        case .unexpectedReply(let reply): "Redis answered something else than expected: \(reply)"
        case .transactionAborted: "a watched key changed: the transaction was not carried out"
        case .subscriptionOverflow(let limit): "the subscription's reader fell \(limit) messages behind"
        case .invalidAddress(let reason): reason
        }
    }
}
