import RESP

/// What a server needs to know of the Redis behind a connection.
package struct RedisServerInfo: Sendable {
    /// Changes with every start of Redis.
    let runID: String
    package let version: String

    /// Reads the INFO that every connection begins with.
    init(_ connection: RedisConnectionInfo) {
        let text = connection.handshakeReplies.first?.string ?? ""
        runID = Self.value("run_id", in: text) ?? "unknown"
        version = Self.value("redis_version", in: text) ?? "unknown"
    }

    /// A field of INFO's answer. <https://redis.io/commands/info>
    static func value(_ name: String, in text: String) -> String? {
        text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    /// Redis 6.2 brought ZRANGE's BYSCORE.
    package var isTooOld: Bool {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2 else { return false }
        return parts[0] < 6 || (parts[0] == 6 && parts[1] < 2)
    }
}
