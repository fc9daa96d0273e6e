/// Sorted sets. <https://redis.io/commands/?group=sorted-set>
extension RedisClient {
    /// True when the member is new; else its score is changed. <https://redis.io/commands/zadd>
    @discardableResult
    public func sortedSetAdd(
        _ key: String, score: Double, member: some RedisArgument
    ) async throws(RedisError) -> Bool {
        try await send(RedisCommand("ZADD", key, score, member)).asInteger() == 1
    }

    /// The members from one rank to another, both included; negative ranks count from the end.
    /// <https://redis.io/commands/zrange>
    public func sortedSetRange(
        _ key: String, ranks: ClosedRange<Int>, reversed: Bool = false
    ) async throws(RedisError) -> [[UInt8]] {
        try await sortedSetRange(key, from: ranks.lowerBound, through: ranks.upperBound, reversed: reversed)
    }

    /// As above, for ranks that count from the end: `from: -10, through: -1` are the last ten.
    public func sortedSetRange(
        _ key: String, from first: Int, through last: Int, reversed: Bool = false
    ) async throws(RedisError) -> [[UInt8]] {
        var command = RedisCommand("ZRANGE", key, first, last)
        if reversed { command.append("REV") }
        return try await send(command).asArrayOfBytes()
    }

    /// The members whose scores lie in the range, lowest first, `limit` at most.
    public func sortedSetRange(
        _ key: String, scores: ClosedRange<Double>, limit: Int? = nil
    ) async throws(RedisError) -> [[UInt8]] {
        var command = RedisCommand("ZRANGE", key, scores.lowerBound, scores.upperBound, "BYSCORE")
        if let limit {
            command.append("LIMIT")
            command.append(0)
            command.append(limit)
        }
        return try await send(command).asArrayOfBytes()
    }

    /// How many of the members there were. <https://redis.io/commands/zrem>
    @discardableResult
    public func sortedSetRemove(_ key: String, members: any RedisArgument...) async throws(RedisError) -> Int {
        try await send(RedisCommand("ZREM", arguments: [key] + members)).asInteger()
    }

    /// How many members there are; 0 when there is no such key. <https://redis.io/commands/zcard>
    public func sortedSetCount(_ key: String) async throws(RedisError) -> Int {
        try await send(RedisCommand("ZCARD", key)).asInteger()
    }
}
