import RESP
import Rooms
import Transport
import WebSocket

/// One flag: its name, the environment variables that do the same, its words in `--help`, and what it sets.
struct Flag: Sendable {
    let name: String
    var environment: [String] = []
    /// nil for a flag without a value.
    let value: String?
    let help: String
    let apply: @Sendable (inout Settings, String) throws -> Void
}

extension Settings {
    /// What the command line asks for.
    enum Request: Sendable {
        case run(Settings)
        case help(String)
    }

    /// Flags first, then the environment, then defaults.
    /// - Throws: `SettingsError`, which names the flag or variable.
    static func read(
        arguments: [String], environment: [String: String], cores: Int
    ) throws(SettingsError) -> Request {
        var settings = Settings(cores: cores)
        var given: Set<String> = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return .help(helpText(cores: cores)) }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let flag = flags.first(where: { "--" + $0.name == parts[0] }) else {
                throw SettingsError(description: "there is no flag '\(argument)'; --help lists them")
            }
            var value = ""
            if flag.value != nil {
                guard let given = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw SettingsError(description: "--\(flag.name) needs a value: \(flag.help)")
                }
                value = given
            } else if parts.count == 2 {
                throw SettingsError(description: "--\(flag.name) takes no value")
            }
            try settings.set(flag, to: value, named: "--\(flag.name)")
            given.insert(flag.name)
        }
        try settings.apply(environment, except: given)
        return .run(settings)
    }

    mutating func set(_ flag: Flag, to value: String, named name: String) throws(SettingsError) {
        do { try flag.apply(&self, value) } catch {
            let shown = flag.name == "redis" ? RedisConfiguration.withoutSecrets(value) : value
            throw SettingsError(description: "\(name) can't be '\(shown)': \(error)")
        }
    }

    // MARK: The table

    static var flags: [Flag] { listening + storing + limiting + timing + unsafe }

    /// Not in `--help`: for the checker's own test alone.
    private static var unsafe: [Flag] {
        #if DEBUG
            [
                Flag(name: "unsafe-no-healing", value: nil, help: "") { settings, _ in settings.ignoresHoles = true },
                Flag(name: "debug-future-format", value: nil, help: "") { settings, _ in
                    settings.imitatesLaterVersion = true
                },
            ]
        #else
            []
        #endif
    }

    private static let listening = [
        Flag(name: "host", environment: ["HOST"], value: "ADDRESS", help: "address to listen on (127.0.0.1)") {
            guard SocketAddress(numericHost: $1, port: 0) != nil || $1 == "localhost" else {
                throw SettingsError(description: "it is not a numeric address, such as 0.0.0.0 or ::")
            }
            $0.host = $1 == "localhost" ? "127.0.0.1" : $1
        },
        Flag(name: "port", environment: ["PORT"], value: "NUMBER", help: "port to listen on; 0: any free one (3000)") {
            $0.port = UInt16(try integer($1, 0...65_535))
        },
        Flag(
            name: "origins", environment: ["ALLOWED_ORIGINS"], value: "LIST",
            help: "pages that may connect, by commas: https://chat.example, app://localhost, file://, same-origin, "
                + "null, * (same-origin)"
        ) {
            let list = $1.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard let policy = OriginPolicy(allowing: list) else {
                throw SettingsError(description: "an origin is a scheme and a host, such as https://chat.example")
            }
            $0.origins = policy
        },
        Flag(
            name: "hosts", environment: ["ALLOWED_HOSTS"], value: "LIST",
            help: "names the server is reached by, by commas: chat.example, or * for any. Names of this machine's "
                + "loopback, addresses and the hosts of --origins always are (*, and on loopback none but those)"
        ) {
            guard let policy = HostPolicy(allowing: $1.split(separator: ",").map { $0.filter { !$0.isWhitespace } })
            else { throw SettingsError(description: "a host is a name, such as chat.example") }
            $0.hosts = policy
        },
        Flag(name: "web-root", value: "FOLDER", help: "serve the page from a folder (from the binary)") {
            $0.webRoot = $1
        },
        Flag(name: "threads", value: "NUMBER", help: "event loops, a thread each (the number of cores)") {
            $0.threads = try integer($1, 1...256)
        },
        Flag(
            name: "compression", value: nil,
            help: "compress messages of 256 bytes and more for clients that can (permessage-deflate; off)"
        ) { settings, _ in settings.compresses = true },
        Flag(name: "metrics", value: nil, help: "tell the counters at /metrics, to anybody who reaches the port (off)")
        {
            settings, _ in settings.tellsMetrics = true
        },
        Flag(name: "log-level", value: "LEVEL", help: "debug, info, warning, error or off (info)") {
            let levels: [String: Log.Level] = [
                "debug": .debug, "info": .info, "warning": .warning, "error": .error, "off": .off,
            ]
            guard let level = levels[$1] else { throw SettingsError(description: "there is no such level") }
            $0.logLevel = level
        },
    ]

    private static let storing = [
        Flag(
            name: "redis", environment: ["REDIS_ADDRESS"], value: "URL",
            help: "redis://[user:password@]host:port[/db]; REDIS_HOST and REDIS_PORT do as well "
                + "(the Redis on 127.0.0.1:6379; the embedded store only where nobody listens there)"
        ) { $0.redis = try RedisConfiguration(url: $1) },
        Flag(name: "embedded", value: nil, help: "keep rooms in this process, whatever else is set") { settings, _ in
            settings.isEmbedded = true
        },
        Flag(
            name: "history", environment: ["CHANNEL_HISTORY_MAX"], value: "NUMBER",
            help: "messages shown on joining (50)"
        ) { $0.history = try integer($1, 0...10_000) },
        Flag(name: "retention", value: "NUMBER", help: "messages kept a room (1000)") {
            $0.retention = try integer($1, 1...1_000_000)
        },
        Flag(
            name: "roster-limit", value: "NUMBER",
            help: "members above which only their number is told; 0: always (1000)"
        ) { $0.rosterLimit = try integer($1, 0...1_000_000) },
        Flag(
            name: "rooms", environment: ["ALLOWED_ROOMS"], value: "LIST",
            help:
                "rooms that may be entered, by commas: names, patterns (team-*, room-??), @existing for those there are "
                + "already (any room, made by whoever comes first)"
        ) {
            let list = $1.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
            guard let policy = RoomPolicy(allowing: list) else {
                throw SettingsError(description: "a room's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'")
            }
            $0.rooms = policy
        },
        Flag(name: "max-rooms", value: "NUMBER", help: "rooms open at once (10000)") {
            $0.maximumRooms = try integer($1, 1...10_000_000)
        },
    ]

    private static let limiting = [
        Flag(name: "max-message", value: "BYTES", help: "largest WebSocket message; more closes with 1009 (65536)") {
            $0.maximumMessage = try integer($1, 256...1_073_741_824)
        },
        Flag(name: "max-text", value: "BYTES", help: "longest text in UTF-8; more is refused (8192)") {
            $0.maximumText = try integer($1, 1...16_777_216)
        },
        Flag(name: "max-fragments", value: "NUMBER", help: "fragments of one message (1024)") {
            $0.fragments = try integer($1, 1...1_000_000)
        },
        Flag(name: "rate", value: "NUMBER", help: "messages a second and member, bursts of three times it; 0: off (10)")
        {
            $0.rate = try integer($1, 0...1_000_000)
        },
        Flag(
            name: "join-rate", value: "NUMBER",
            help:
                "joins a second from one address to one room, ten times as many at once; 0: off; not for this machine's "
                + "own addresses; raise it behind a proxy on another machine (50)"
        ) { $0.joinRate = try integer($1, 0...1_000_000) },
        Flag(
            name: "max-connections", value: "NUMBER",
            help: "connections at once, at most (and by default) what the limit of open files allows"
        ) { $0.maximumConnections = try integer($1, 1...10_000_000) },
        Flag(
            name: "max-connections-per-address", value: "NUMBER",
            help: "connections from one address; 0: no limit, since a proxy is one address (0)"
        ) { $0.maximumConnectionsPerAddress = try integer($1, 0...10_000_000) },
        Flag(name: "max-header-line", value: "BYTES", help: "longest line of a request (8192)") {
            $0.headerLine = try integer($1, 256...1_048_576)
        },
        Flag(name: "max-headers", value: "BYTES", help: "largest head of a request (16384)") {
            $0.headers = try integer($1, 256...1_048_576)
        },
        Flag(name: "max-header-count", value: "NUMBER", help: "fields in the head of a request (100)") {
            $0.headerCount = try integer($1, 10...10_000)
        },
        Flag(
            name: "outbound-budget", value: "BYTES",
            help:
                "what may wait for one client; at more it is brought up to date later; at least half as much again as "
                + "a roster of --roster-limit members, some 150 bytes each, or none can join (1048576)"
        ) { $0.outboundBudget = try integer($1, 65_536...1_073_741_824) },
    ]

    private static let timing = [
        Flag(name: "handshake-timeout", value: "SECONDS", help: "from connecting to the end of the request (10)") {
            $0.handshakeTimeout = try seconds($1)
        },
        Flag(
            name: "keep-alive-timeout", value: "SECONDS",
            help: "an idle connection between two requests is closed after (75)"
        ) { $0.keepAliveTimeout = try seconds($1) },
        Flag(name: "ping-interval", value: "SECONDS", help: "a quiet client is pinged after (20)") {
            $0.pingInterval = try seconds($1)
        },
        Flag(name: "pong-timeout", value: "SECONDS", help: "and given up when it stays quiet for (20)") {
            $0.pongTimeout = try seconds($1)
        },
        Flag(name: "close-timeout", value: "SECONDS", help: "how long a closing connection may take (10)") {
            $0.closeTimeout = try seconds($1)
        },
        Flag(name: "stall-timeout", value: "SECONDS", help: "a slow client that takes no byte is closed after (30)") {
            $0.stallTimeout = try seconds($1)
        },
        Flag(name: "drain", value: "SECONDS", help: "how long the end may take after SIGTERM (5)") {
            $0.drain = try seconds($1)
        },
        Flag(
            name: "drain-delay", value: "SECONDS",
            help:
                "how much of it passes before clients are sent away, /health saying 503; at most four fifths of --drain "
                + "(a fifth of --drain)"
        ) { $0.drainDelay = $1 == "0" ? .zero : try seconds($1) },
    ]

    private static func integer(_ text: String, _ range: ClosedRange<Int>) throws(SettingsError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(description: "it is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func seconds(_ text: String) throws(SettingsError) -> Duration {
        guard let number = Double(text), (0.01...86_400).contains(number) else {
            throw SettingsError(description: "it is not a number of seconds from 0.01 to 86400")
        }
        return .milliseconds(Int(number * 1000))
    }

    // MARK: Help

    private static func helpText(cores: Int) -> String {
        var lines = [
            "ChatServer: chat rooms over WebSocket, shared between servers through Redis.",
            "",
            "usage: ChatServer [--flag VALUE …]        (defaults in brackets; flags come before the environment)",
            "",
            "A variable of the environment is looked at only where its flag isn't given; --redis and --embedded make all",
            "REDIS_ variables moot. REDIS_PORT may be tcp://host:port, as Kubernetes sets it. HOST and PORT that are no",
            "address and no port of ours (a build tool's, a service's) are told in the log, and the default is used.",
        ]
        for (title, group) in [
            ("Listening", listening), ("Store", storing), ("Limits", limiting), ("Times", timing),
        ] {
            lines += ["", title + ":"]
            for flag in group {
                let name = "--\(flag.name)" + (flag.value.map { " " + $0 } ?? "")
                let variables = flag.environment.isEmpty ? "" : " [\(flag.environment.joined(separator: ", "))]"
                lines.append("  " + name + variables)
                lines.append("        " + flag.help)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
