/// Connection, keys and strings. Replies of another kind than Redis documents throw `RedisError.unexpectedReply`.
extension RedisClient {
    /// <https://redis.io/commands/ping>
    public func ping() async throws(RedisError) {
        guard try await send(RedisCommand("PING")).asString() == "PONG" else {
            throw .unexpectedReply("not PONG")
        }
    }

    /// nil when there is no such key. <https://redis.io/commands/get>
    public func get(_ key: String) async throws(RedisError) -> [UInt8]? {
        try await send(RedisCommand("GET", key)).asOptionalBytes()
    }

    /// - Parameter expiry: how long the key lives, to the millisecond; nil for ever. <https://redis.io/commands/set>
    public func set(
        _ key: String, to value: some RedisArgument, expiry: Duration? = nil
    ) async throws(RedisError) {
        var command = RedisCommand("SET", key, value)
        if let expiry {
            command.append("PX")
            command.append(expiry.wholeMilliseconds)
        }
        _ = try await send(command).checked()
    }

    /// How many of the keys there were. <https://redis.io/commands/del>
    @discardableResult
    public func delete(_ keys: String...) async throws(RedisError) -> Int {
        try await send(RedisCommand("DEL", arguments: keys)).asInteger()
    }

    /// False when there is no such key. A part of a second counts as a whole one. <https://redis.io/commands/expire>
    @discardableResult
    public func expire(_ key: String, after duration: Duration) async throws(RedisError) -> Bool {
        try await send(RedisCommand("EXPIRE", key, duration.wholeSecondsRoundedUp)).asInteger() == 1
    }
}

extension Duration {
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// Rounded down, an expiry of half a second would delete the key at once.
    var wholeSecondsRoundedUp: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
