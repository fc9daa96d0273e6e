/// Hashes. <https://redis.io/commands/?group=hash>
extension RedisClient {
    /// True when the field is new. <https://redis.io/commands/hset>
    @discardableResult
    public func hashSet(
        _ key: String, field: String, to value: some RedisArgument
    ) async throws(RedisError) -> Bool {
        try await send(RedisCommand("HSET", key, field, value)).asInteger() == 1
    }

    /// nil when there is no such field or key. <https://redis.io/commands/hget>
    public func hashGet(_ key: String, field: String) async throws(RedisError) -> [UInt8]? {
        try await send(RedisCommand("HGET", key, field)).asOptionalBytes()
    }

    /// Every field and its value; empty when there is no such key. <https://redis.io/commands/hgetall>
    public func hashGetAll(_ key: String) async throws(RedisError) -> [String: [UInt8]] {
        let reply = try await send(RedisCommand("HGETALL", key))
        let flat = try reply.asArray()
        guard flat.count.isMultiple(of: 2) else { throw reply.unexpected() }
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: flat.count, by: 2) {
            fields[try flat[index].asString()] = try flat[index + 1].asBytes()
        }
        return fields
    }

    /// How many of the fields there were. <https://redis.io/commands/hdel>
    @discardableResult
    public func hashDelete(_ key: String, fields: String...) async throws(RedisError) -> Int {
        try await send(RedisCommand("HDEL", arguments: [key] + fields)).asInteger()
    }

    /// The field's new value. <https://redis.io/commands/hincrby>
    @discardableResult
    public func hashIncrement(_ key: String, field: String, by amount: Int = 1) async throws(RedisError) -> Int {
        try await send(RedisCommand("HINCRBY", key, field, amount)).asInteger()
    }
}
