/// The user that servers log in to Redis as: it may do what SECURITY.md lists and nothing else, so that a run also proves
/// that the list is whole.
enum RedisUser {
    static let name = "chat"
    /// No secret: the Redis of a run listens on 127.0.0.1 and ends with the run.
    static let password = "verify"

    /// As in SECURITY.md, where a test looks for it.
    static let rights = """
        ~chat:* &chat@0:* -@all +ping +select +info +script|load +evalsha +multi +exec
        +publish +subscribe +unsubscribe +time +type +exists +del +expire +get +set +hget +hmget +hgetall +hset +hdel +hlen
        +hincrby +zadd +zrange +zremrangebyscore
        """

    /// Options of redis-server.
    static var arguments: [String] {
        ["--user", name, "on", ">" + password] + rights.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// The address for servers.
    static func url(port: UInt16) -> String { "redis://\(name):\(password)@127.0.0.1:\(port)" }
}
