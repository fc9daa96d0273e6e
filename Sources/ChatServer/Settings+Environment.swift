import RESP
import Transport

/// The environment: it sets what no flag has set. A variable is judged only where it is used, for many that have these
/// names were meant for somebody else: by Kubernetes (`REDIS_PORT=tcp://10.0.0.1:6379` for a service named redis), by
/// Docker's links, by build tools (`HOST=x86_64-conda-linux-gnu`).
extension Settings {
    /// - Parameter given: the flags that stood on the command line, by their names.
    mutating func apply(_ environment: [String: String], except given: Set<String>) throws(SettingsError) {
        // What is set to nothing is not set: that is how compose files and the like leave a variable out.
        let environment = environment.filter { !$0.value.isEmpty }
        for flag in Self.flags where !given.contains(flag.name) {
            if flag.name == "redis" {
                if !isEmbedded { try applyRedis(flag, environment) }
                continue
            }
            for variable in flag.environment {
                guard let value = environment[variable] else { continue }
                if let words = Self.isForeign(value, in: variable) {
                    warnings.append(
                        "\(variable) is '\(value)', which is no \(words) to listen on: "
                            + "\(variable == "HOST" ? host : String(port)) is used, and --\(flag.name) sets another")
                } else {
                    try set(flag, to: value, named: variable)
                }
            }
        }
    }

    /// What the variable should have been, where it is clear that its value was never meant for this server.
    private static func isForeign(_ value: String, in variable: String) -> String? {
        switch variable {
        case "HOST" where value != "localhost" && SocketAddress(numericHost: value, port: 0) == nil: "address"
        case "PORT" where value.contains("://"): "port"
        default: nil
        }
    }

    // MARK: Redis

    private mutating func applyRedis(_ flag: Flag, _ environment: [String: String]) throws(SettingsError) {
        let port = environment["REDIS_PORT"]
        if let address = environment["REDIS_ADDRESS"] {
            try set(
                flag, to: Self.serviceAddress(address).map { "\($0.host):\($0.port)" } ?? address,
                named: "REDIS_ADDRESS")
        } else if let host = environment["REDIS_HOST"] {
            // An IPv6 address needs brackets before a port.
            let isBare = host.contains(":") && SocketAddress(numericHost: host, port: 0) != nil
            let number = try port.map { text throws(SettingsError) in try redisPort(text) } ?? 6379
            try set(flag, to: (isBare ? "[\(host)]" : host) + ":\(number)", named: "REDIS_HOST")
        } else if let port, let address = Self.serviceAddress(port) {
            try set(flag, to: "\(address.host):\(address.port)", named: "REDIS_PORT")
            warnings.append(
                "REDIS_PORT is '\(port)', as Kubernetes sets it for a service named redis: that is the Redis which is used; "
                    + "--redis, --embedded or REDIS_ADDRESS say otherwise")
        } else if let port {
            warnings.append(
                "REDIS_PORT is '\(RedisConfiguration.withoutSecrets(port))' and there is no REDIS_HOST: it is not used")
        }
    }

    /// The number that stands in REDIS_PORT, or in the address there.
    private mutating func redisPort(_ text: String) throws(SettingsError) -> UInt16 {
        if let address = Self.serviceAddress(text) { return address.port }
        if text.contains("://") {
            warnings.append(
                "REDIS_PORT is '\(RedisConfiguration.withoutSecrets(text))', which is no port: 6379 is used")
            return 6379
        }
        guard let number = UInt16(text), number > 0 else {
            throw SettingsError(description: "REDIS_PORT can't be '\(text)': it is not a number from 1 to 65535")
        }
        return number
    }

    /// Reads `tcp://host:port`, as Kubernetes writes it.
    private static func serviceAddress(_ text: String) -> (host: String, port: UInt16)? {
        guard text.lowercased().hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        let host = text.dropFirst(6).prefix(upTo: colon)
        return host.isEmpty || host.contains("@") || host.contains("/") ? nil : (String(host), port)
    }
}
