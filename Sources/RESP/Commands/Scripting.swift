/// Publishing and scripts.
extension RedisClient {
    /// How many subscribers got it from this server. <https://redis.io/commands/publish>
    @discardableResult
    public func publish(_ payload: some RedisArgument, to channel: String) async throws(RedisError) -> Int {
        try await send(RedisCommand("PUBLISH", channel, payload)).asInteger()
    }

    /// The script's digest, for `evaluate(digest:)`. <https://redis.io/commands/script-load>
    public func loadScript(_ script: RedisScript) async throws(RedisError) -> String {
        try await send(script.loadCommand).asString()
    }

    /// Runs a script by its digest; `NOSCRIPT` when Redis doesn't know it. <https://redis.io/commands/evalsha>
    public func evaluate(
        digest: String, keys: [String] = [], arguments: [any RedisArgument] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(RedisCommand("EVALSHA", arguments: [digest, keys.count] + keys + arguments)).checked()
    }

    /// Runs a script by its digest. It is loaded first on a connection that it wasn't used on before, and again where
    /// Redis has forgotten it (SCRIPT FLUSH, a failover).
    public func evaluate(
        _ script: RedisScript, keys: [String] = [], arguments: [any RedisArgument] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(RedisCommand(script, keys: keys, arguments: arguments)).checked()
    }
}
