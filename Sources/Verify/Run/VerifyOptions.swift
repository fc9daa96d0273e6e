#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `ChatServer verify` is told on its command line.
struct VerifyOptions: Sendable {
    var seed: UInt64 = 1
    var faults = 50
    var servers = 3
    var clients = 60
    var rooms = 3
    /// Messages a second and client.
    var rate = 1.0
    /// The mean time between two faults.
    var pace: Duration = .milliseconds(1_500)
    /// How long the end may take: everybody back, everything answered, every roster true.
    var settle: Duration = .seconds(45)
    /// Messages kept a room.
    var retention = 1_000
    /// Empty: all there are.
    var only: Set<FaultName> = []
    var redisServer = "redis-server"
    /// A library for redis-server by which its clock is set; nil: its clock is left alone.
    var clockShim: String?
    /// Servers that exist already; none: they are started.
    var targets: [String] = []
    var redis: String?
    var isKept = false
    /// Passed on to every server.
    var serverFlags: [String] = []
    /// Another build of the server, from which every other start is made; nil: all are from this program.
    var otherBinary: String?
    /// Passed on to servers of the other build alone.
    var otherFlags: [String] = []

    enum Request: Sendable {
        case run(VerifyOptions)
        case help(String)
    }

    /// - Parameter arguments: what follows `verify`.
    static func read(_ arguments: [String]) throws(VerifyError) -> Request {
        var options = VerifyOptions()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return .help(helpText) }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 1, options.takeSwitch(argument) { continue }
            guard parts[0] == otherFlagsName || flags.contains(where: { $0.name == parts[0] }) else {
                throw VerifyError("there is no flag '\(argument)'; verify --help lists them")
            }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw VerifyError("\(parts[0]) needs a value")
            }
            try options.take(parts[0], value)
        }
        if options.otherBinary == nil, !options.otherFlags.isEmpty {
            throw VerifyError("--other-flags needs an --other-binary")
        }
        if options.targets.isEmpty != (options.redis == nil) {
            throw VerifyError("--target and --redis belong together: a deployment and its Redis")
        }
        if !options.targets.isEmpty {
            options.servers = options.targets.count
            if options.otherBinary != nil {
                throw VerifyError("--other-binary is for servers of one's own, not for a --target")
            }
            if options.clockShim != nil {
                throw VerifyError("--clock-shim is for a Redis of one's own, not for a --target")
            }
            if let name = options.only.first(where: { $0.needsServer || $0.needsRedis }) {
                throw VerifyError("\(name.rawValue) is for servers of one's own, not for a --target")
            }
        }
        if options.only == [.clockStep], options.clockShim == nil {
            throw VerifyError("clock-step needs a --clock-shim")
        }
        return .run(options)
    }

    private mutating func takeSwitch(_ name: String) -> Bool {
        switch name {
        case "--keep": isKept = true
        #if DEBUG
            // The servers then ignore what they have missed, and the judge must say so.
            case "--unsafe-no-healing": serverFlags.append(name)
        #endif
        default: return false
        }
        return true
    }

    private mutating func take(_ name: String, _ value: String) throws(VerifyError) {
        func number(_ range: ClosedRange<Int>) throws(VerifyError) -> Int {
            guard let number = Int(value), range.contains(number) else {
                throw VerifyError(
                    "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func decimal(_ range: ClosedRange<Double>) throws(VerifyError) -> Double {
            guard let number = Double(value), range.contains(number) else {
                throw VerifyError(
                    "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        switch name {
        case "--seed":
            guard let seed = UInt64(value) else { throw VerifyError("--seed is a whole number") }
            self.seed = seed
        case "--faults": faults = try number(0...100_000)
        case "--servers": servers = try number(1...32)
        case "--clients": clients = try number(1...2_000)
        case "--rooms": rooms = try number(1...100)
        case "--rate": rate = try decimal(0.01...1_000)
        case "--pace": pace = .milliseconds(Int(try decimal(0.1...3_600) * 1000))
        case "--settle": settle = .milliseconds(Int(try decimal(1...3_600) * 1000))
        case "--retention": retention = try number(1...1_000_000)
        case "--only":
            only = []
            for name in value.split(separator: ",") {
                guard let fault = FaultName(rawValue: String(name)) else {
                    throw VerifyError("there is no fault '\(name)'; verify --help lists them")
                }
                only.insert(fault)
            }
        case "--redis-server": redisServer = value
        case "--other-binary":
            guard FileManager.default.isExecutableFile(atPath: value) else {
                throw VerifyError("--other-binary: there is no program '\(value)'")
            }
            otherBinary = value
        case Self.otherFlagsName: otherFlags = value.split(separator: " ").map(String.init)
        case "--clock-shim":
            guard FileManager.default.fileExists(atPath: value) else {
                throw VerifyError("--clock-shim: there is no file '\(value)'")
            }
            clockShim = value
        case "--redis": redis = value
        default:
            targets = value.split(separator: ",").map(String.init)
            guard !targets.isEmpty, targets.allSatisfy({ $0.hasPrefix("ws://") }) else {
                throw VerifyError("--target is a list of ws://host:port, by commas")
            }
            targets = targets.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        }
    }

    /// What servers are started from.
    func programs(thisOne path: String) -> [Program] {
        guard let otherBinary else { return [Program(path: path)] }
        return [
            Program(path: path, name: "this build"),
            Program(path: otherBinary, flags: otherFlags, name: "the other build"),
        ]
    }

    // MARK: Help

    /// Not in `--help`: for flags that only a debug build has.
    private static let otherFlagsName = "--other-flags"

    private static let flags: [(name: String, value: String, help: String)] = [
        ("--seed", "N", "what goes wrong, and when: the same seed, the same schedule (1)"),
        ("--faults", "N", "how many things go wrong (50)"),
        ("--servers", "N", "servers to start (3)"),
        ("--clients", "N", "clients that send and listen (60)"),
        ("--rooms", "N", "rooms they are in (3)"),
        ("--rate", "N", "messages a second and client; four times as many while somebody is slow (1)"),
        ("--pace", "SECONDS", "mean time between two faults (1.5)"),
        ("--settle", "SECONDS", "how long the end may take (45)"),
        ("--retention", "N", "messages kept a room; with --target, what those servers were told (1000)"),
        (
            "--only", "KINDS",
            "what may go wrong, by commas: " + FaultName.allCases.map(\.rawValue).joined(separator: " ") + " (all)"
        ),
        ("--redis-server", "PATH", "the redis-server to start (redis-server)"),
        (
            "--other-binary", "PATH",
            "another build of ChatServer: every other server is started from it, and each that is started again changes "
                + "builds, so that both share the Redis all the time (none)"
        ),
        (
            "--clock-shim", "PATH",
            "the library that lets redis-server's clock be set, made from Tests/ClockShim (none: no clock-step)"
        ),
        (
            "--target", "URLS",
            "servers that exist already, ws://a:3000,ws://b:3000: only clients and links are cut then"
        ),
        ("--redis", "URL", "their Redis, redis://…; rooms named verify-… are left in it"),
    ]

    private static var helpText: String {
        var lines = [
            "ChatServer verify: breaks servers, links and Redis while clients talk, and judges what they were shown.",
            "",
            "usage: ChatServer verify [--flag VALUE …]        (defaults in brackets)",
            "",
        ]
        for flag in flags {
            lines.append("  \(flag.name) \(flag.value)")
            lines.append("        \(flag.help)")
        }
        lines += [
            "  --keep", "        leave Redis' data where it is", "",
            "It starts a redis-server and the servers on free ports of 127.0.0.1, and ends them. Exit status: 0 when every",
            "promise was kept, 1 with the first violation in full, 2 when the run could not be made.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
