import RESP

/// What a server needs to know of the Redis behind a connection.
struct RedisServerInfo: Sendable {
    /// Changes with every start of Redis.
    let runID: String
    let version: String
    private(set) var maxmemoryPolicy: String?

    /// Reads the INFO that every connection begins with.
    init(_ connection: RedisConnectionInfo) {
        let text = connection.handshakeReplies.first?.string ?? ""
        func value(_ name: String) -> String? {
            text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1)) }
        }
        runID = value("run_id") ?? "unknown"
        version = value("redis_version") ?? "unknown"
    }

    func with(maxmemoryPolicy: String?) -> RedisServerInfo {
        var copy = self
        copy.maxmemoryPolicy = maxmemoryPolicy
        return copy
    }

    /// Redis 6.2 brought ZRANGE's BYSCORE.
    var isTooOld: Bool {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return false }
        return parts[0] < 6 || (parts[0] == 6 && parts[1] < 2)
    }

    /// Under such a policy a full Redis forgets rooms as it likes.
    var forgets: Bool { maxmemoryPolicy?.hasPrefix("allkeys") == true }
}
