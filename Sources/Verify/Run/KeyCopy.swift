import RESP

/// A copy of all keys of the chat, to be put back while Redis runs.
struct KeyCopy: Sendable {
    private static let copying = """
        local copy = {}
        for _, key in ipairs(redis.call('KEYS', 'chat:*')) do
          for _, value in ipairs({key, math.max(0, redis.call('PTTL', key)), redis.call('DUMP', key)}) do
            copy[#copy + 1] = value
          end
        end
        return copy
        """
    /// KEYS as copied; ARGV: of each, its time to live in ms and what it held.
    private static let restoring = """
        for _, key in ipairs(redis.call('KEYS', 'chat:*')) do redis.call('DEL', key) end
        for index, key in ipairs(KEYS) do redis.call('RESTORE', key, ARGV[2 * index - 1], ARGV[2 * index]) end
        return #KEYS
        """

    private let keys: [String]
    private let values: [any RedisArgument]

    /// nil where Redis doesn't answer.
    static func take(from redis: RedisClient) async -> KeyCopy? {
        let reply = try? await redis.send(RedisCommand("EVAL", copying, 0), timeout: .seconds(5))
        guard let flat = reply?.elements else { return nil }
        var keys: [String] = []
        var values: [any RedisArgument] = []
        for index in stride(from: 0, to: flat.count - 2, by: 3) {
            guard let key = flat[index].string, let time = flat[index + 1].int64, let dump = flat[index + 2].bytes
            else {
                continue
            }
            keys.append(key)
            values += [Int(time), Array(dump)] as [any RedisArgument]
        }
        return KeyCopy(keys: keys, values: values)
    }

    /// In one step: servers write meanwhile.
    func putBack(into redis: RedisClient) async {
        let arguments: [any RedisArgument] = [Self.restoring, keys.count] + keys + values
        _ = try? await redis.send(RedisCommand("EVAL", arguments: arguments), timeout: .seconds(5))
    }
}
