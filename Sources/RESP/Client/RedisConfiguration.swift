#if canImport(Transport)
    // A fuzzer has everything in one module.
    public import Transport
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where Redis is, and how patient the client is with it.
public struct RedisConfiguration: Sendable {
    public var host: String
    public var port: UInt16
    /// For Redis' access control lists; nil with a password alone means the user `default`.
    public var username: String?
    public var password: String?
    /// The database number, chosen with SELECT.
    public var database: Int

    /// From starting to connect to the end of the handshake (AUTH, SELECT, scripts).
    public var connectTimeout: Duration = .seconds(2)
    /// From `send` to the reply, the wait for a link included.
    public var commandTimeout: Duration = .seconds(5)
    /// How many commands may be under way at once, those of transactions and pipelines included; one more fails with
    /// `queueFull`.
    public var maximumCommands = 65_536
    /// How many bytes of commands may wait to be written.
    public var maximumQueuedBytes = 64 * 1024 * 1024
    /// What replies may be.
    public var limits = RESPDecoder.Limits()
    /// Loaded on every connect, before anything else is sent.
    public var scripts: [RedisScript] = []
    /// Sent on every connect, after authentication; their replies are in `RedisConnectionInfo`.
    public var handshake: [RedisCommand] = []
    /// How many messages may wait for a subscription's reader.
    public var subscriptionBuffer = 1024
    /// A link that owes replies and has said nothing for so long is compared with a new one: where that is answered and
    /// the old one still isn't, the old one is dead, what was written to it fails with `connectionLost`, and the new one
    /// is used. A Redis that is busy answers neither, and keeps its link. Not while a blocking command (BLPOP and the
    /// like) waits.
    public var silenceTimeout: Duration = .seconds(1)
    /// A link for commands is pinged when it has been idle for so long.
    public var idlePingInterval: Duration = .seconds(5)
    /// What the system does to find out that a link is dead; nil for what it does by itself.
    public var keepAlive: TCPKeepAlive? = TCPKeepAlive()
    /// A subscribed link is pinged so often,
    public var heartbeatInterval: Duration = .seconds(1)
    /// and cut when nothing has been heard for so long.
    public var heartbeatTimeout: Duration = .seconds(3)

    /// How names are looked up.
    var resolve: @Sendable (String, UInt16) async throws(SystemError) -> [SocketAddress] = {
        (host, port) async throws(SystemError) in try await Resolver.addresses(of: host, port: port)
    }

    public init(host: String = "127.0.0.1", port: UInt16 = 6379, database: Int = 0) {
        self.host = host
        self.port = port
        self.database = database
    }

    /// Reads `redis://[user:password@]host[:port][/database]`; a bare `host[:port]` will do as well.
    /// - Throws: `RedisError.invalidAddress`, which says what is wrong. `rediss://` is refused: there is no TLS here.
    public init(url: String) throws(RedisError) {
        if url.lowercased().hasPrefix("rediss://") {
            throw .invalidAddress(
                "rediss:// is not supported: there is no TLS here. Run a local TLS proxy (stunnel, for one) "
                    + "and give its address as redis://")
        }
        let text = url.contains("://") ? url : "redis://" + url
        guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "redis",
            parts.query == nil, parts.fragment == nil, let host = parts.host.flatMap(Self.withoutBrackets),
            // A slash that isn't encoded ends a password, and the rest of it passes for port and database.
            !parts.path.unicodeScalars.contains("@")
        else {
            throw .invalidAddress("'\(Self.withoutSecrets(url))' is not redis://[user:password@]host:port[/database]")
        }
        guard let port = UInt16(exactly: parts.port ?? 6379), port > 0 else {
            throw .invalidAddress("the port \(parts.port ?? 0) is not between 1 and 65535")
        }
        self.init(host: host, port: port)
        let path = parts.path.dropFirst()
        if !path.isEmpty {
            guard let number = Int(path), number >= 0 else {
                throw .invalidAddress("the database, behind the host, is not a number")
            }
            database = number
        }
        let (user, secret) = (parts.user ?? "", parts.password ?? "")
        // What isn't UTF-8 when it is decoded would pass for nothing at all.
        if user.isEmpty != (parts.percentEncodedUser ?? "").isEmpty
            || secret.isEmpty != (parts.percentEncodedPassword ?? "").isEmpty
        {
            throw .invalidAddress("the user and the password must be UTF-8, percent-encoded")
        }
        // Without a password no user is told to Redis, and everything would run as `default`.
        if !user.isEmpty, secret.isEmpty {
            throw .invalidAddress(
                // What stands there may be the password itself: it isn't shown.
                "the user before the @ has no password: redis://user:password@host, or redis://:password@host "
                    + "(any password will do for a user that Redis lets in with `nopass`)")
        }
        if !user.isEmpty { username = user }
        if !secret.isEmpty { password = secret }
    }

    /// nil for what is no host: nothing, half a pair of brackets, spaces and control characters.
    private static func withoutBrackets(_ host: String) -> String? {
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let isHost = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"[]".utf8.contains($0) }
        return isHost ? name : nil
    }

    /// An address as somebody gave it, perhaps a wrong one, without what may be a password: all that stands before the
    /// last @, and a port that is no number (`redis://user:password` whose host was forgotten).
    package static func withoutSecrets(_ url: String) -> String {
        var shown = Substring(url)
        if let at = url.unicodeScalars.lastIndex(of: "@") { shown = "…" + url[at...] }
        if let query = shown.firstIndex(where: { $0 == "?" || $0 == "#" }) { shown = shown[..<query] + "?…" }
        let start = shown.firstRange(of: "://")?.upperBound ?? shown.startIndex
        guard let colon = shown.unicodeScalars[start...].lastIndex(of: ":"), !shown[colon...].contains("]") else {
            return String(shown)
        }
        let port = shown[shown.index(after: colon)...].prefix { $0 != "/" && $0 != "?" }
        return port.utf8.allSatisfy { (0x30...0x39).contains($0) } ? String(shown) : shown[...colon] + "…"
    }

    /// What every connection sends first, in one write.
    var greeting: [RedisCommand] {
        var commands: [RedisCommand] = []
        // A user without a password is told as well: Redis refuses it, or lets it in by `nopass`.
        if let username {
            commands.append(RedisCommand("AUTH", username, password ?? ""))
        } else if let password {
            commands.append(RedisCommand("AUTH", password))
        }
        if database != 0 { commands.append(RedisCommand("SELECT", database)) }
        // A Redis that is loading its data, or has no room for this client, says so here instead of to a command.
        commands.append(RedisCommand("PING"))
        return commands
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address without user and password, for logs.
    public var description: String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)" + (database == 0 ? "" : "/\(database)")
    }

    public var debugDescription: String { description }
    /// Nothing but the address: `dump` and the like are for logs as well.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// One connection of a client.
public struct RedisConnectionInfo: Sendable {
    /// Counts the client's connections. A command can be bound to one: see `RedisClient.send`.
    public let number: UInt64
    /// What Redis answered to `RedisConfiguration.handshake`, in order.
    public let handshakeReplies: [RESPValue]
}
