import RESP

/// The commands that every client sends, with the same arguments.
enum LoadCommand: String {
    case set = "SET"
    case get = "GET"
    case zadd = "ZADD"

    private static let stringKey = "bench:string"
    private static let setKey = "bench:set"
    private static let member = "member:0123456789"
    private static let value = String(repeating: "x", count: 100)

    func append(number: Int, to batch: inout RedisBatch) {
        switch self {
        case .set: batch.append("SET", Self.stringKey, Self.value)
        case .get: batch.append("GET", Self.stringKey)
        case .zadd: batch.append("ZADD", Self.setKey, Double(number), Self.member)
        }
    }

    /// The same by the client's typed calls.
    func call(_ client: RedisClient, number: Int) async throws {
        switch self {
        case .set: try await client.set(Self.stringKey, to: Self.value)
        case .get: _ = try await client.get(Self.stringKey)
        case .zadd: try await client.sortedSetAdd(Self.setKey, score: Double(number), member: Self.member)
        }
    }

    func check(_ reply: RESPValue) throws {
        let isGood =
            switch self {
            case .set: reply.string == "OK"
            case .get: reply.bytes?.count == Self.value.utf8.count
            case .zadd: reply.int64 != nil
            }
        if !isGood { throw RESPLoadOptions.Mistake("\(rawValue) was answered with \(reply)") }
    }
}
