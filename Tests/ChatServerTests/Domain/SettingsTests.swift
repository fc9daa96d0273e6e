import RESP
import Testing
import Transport
import WebSocket

@testable import ChatServer
@testable import Rooms

@Suite("Settings: flags, environment, help")
struct SettingsTests {
    private func settings(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Settings {
        guard case .run(let settings) = try Settings.read(arguments: arguments, environment: environment, cores: 4)
        else { throw SettingsError(description: "help was asked for") }
        return settings
    }

    private func problem(_ arguments: [String], _ environment: [String: String] = [:]) -> String? {
        do {
            _ = try settings(arguments, environment)
            return nil
        } catch { return "\(error)" }
    }

    private func help() throws -> String {
        guard case .help(let text) = try Settings.read(arguments: ["--help"], environment: [:], cores: 4) else {
            return ""
        }
        return text
    }

    /// Every flag, a good value of it, what that does, and values that are refused.
    private struct Row: Sendable, CustomTestStringConvertible {
        let flag: String
        let value: String
        let isSet: @Sendable (Settings) -> Bool
        var refused: [String] = []
        var testDescription: String { "--\(flag)" }

        init(_ flag: String, _ value: String, refused: [String] = [], _ isSet: @escaping @Sendable (Settings) -> Bool) {
            (self.flag, self.value, self.isSet, self.refused) = (flag, value, isSet, refused)
        }
    }

    private static let rows = [
        Row("host", "::", refused: ["example.org", "", "1.2.3"]) { $0.host == "::" },
        Row("port", "0", refused: ["-1", "65536", "http", "", "3000 "]) { $0.port == 0 },
        Row("origins", "https://a.example, null", refused: ["a.example", "https://"]) { $0.origins != nil },
        Row("hosts", "Chat.example, other.example:80", refused: ["https://a.example", "a b/", "*.example"]) {
            let hosts = $0.webSocket(descriptors: 99).http.hosts
            return HTTPAuthority("chat.example:1").map { hosts?.allows($0) } == true
                && HTTPAuthority("evil.example").map { hosts?.allows($0) } == false
        },
        Row("web-root", "/srv/page") { $0.webRoot == "/srv/page" },
        Row("threads", "3", refused: ["0", "257", "many"]) { $0.threads == 3 },
        Row("log-level", "warning", refused: ["loud", ""]) { $0.logLevel == .warning },
        Row("redis", "redis://u:p@h:1/2", refused: ["rediss://h", "http://h", "redis://h:0", "redis://h/x"]) {
            $0.redis?.database == 2 && $0.redis?.port == 1 && $0.redis?.host == "h"
        },
        Row("history", "0", refused: ["-1", "10001", "1e3"]) { $0.history == 0 },
        Row("retention", "5", refused: ["0", "1000001"]) { $0.retention == 5 && $0.redisStore.retention == 5 },
        Row("roster-limit", "0", refused: ["-1"]) { $0.rosterLimit == 0 },
        Row("rooms", "lobby,team-*,@existing", refused: ["", "a b/c"]) {
            $0.rooms.admits(.lobby) && $0.rooms.admitsExisting
        },
        Row("max-rooms", "7", refused: ["0"]) { $0.maximumRooms == 7 && $0.hub.maximumRooms == 7 },
        Row("max-message", "300", refused: ["255", "1073741825"]) {
            $0.webSocket(descriptors: 99).limits.messageSize == 300
        },
        Row("max-text", "100", refused: ["0"]) { $0.maximumText == 100 && $0.limits.text == 100 },
        Row("max-fragments", "9", refused: ["0"]) { $0.webSocket(descriptors: 99).limits.fragments == 9 },
        Row("rate", "0", refused: ["-1", "fast"]) { $0.rate == 0 },
        Row("join-rate", "0", refused: ["-1", "fast"]) { $0.joinRate == 0 },
        Row("max-connections", "12", refused: ["0"]) { $0.webSocket(descriptors: 9_999).http.maximumConnections == 12 },
        Row("max-connections-per-address", "2", refused: ["-1"]) {
            $0.webSocket(descriptors: 99).http.maximumConnectionsPerAddress == 2
        },
        Row("max-header-line", "512", refused: ["255"]) { $0.webSocket(descriptors: 99).http.limits.line == 512 },
        Row("max-headers", "1024", refused: ["255"]) { $0.webSocket(descriptors: 99).http.limits.head == 1_024 },
        Row("max-header-count", "12", refused: ["9"]) { $0.webSocket(descriptors: 99).http.limits.fields == 12 },
        Row("outbound-budget", "65536", refused: ["65535"]) { $0.webSocket(descriptors: 99).outboundBudget == 65_536 },
        Row("handshake-timeout", "1.5", refused: ["0", "-1", "nan", "inf", "86401", "1s"]) {
            $0.webSocket(descriptors: 99).http.requestTimeout == .milliseconds(1_500)
        },
        Row("keep-alive-timeout", "1.5", refused: ["0", "-1", "forever"]) {
            $0.webSocket(descriptors: 99).http.keepAliveTimeout == .milliseconds(1_500)
        },
        Row("ping-interval", "2", refused: ["0"]) { $0.webSocket(descriptors: 99).pingInterval == .seconds(2) },
        Row("pong-timeout", "3", refused: ["0"]) { $0.webSocket(descriptors: 99).pongTimeout == .seconds(3) },
        Row("close-timeout", "4", refused: ["0"]) { $0.webSocket(descriptors: 99).closeTimeout == .seconds(4) },
        Row("stall-timeout", "0.5", refused: ["0", "soon"]) { $0.stallTimeout == .milliseconds(500) },
        Row("drain", "0.5", refused: ["0", "soon"]) { $0.drain == .milliseconds(500) },
        Row("drain-delay", "0", refused: ["-1", "soon"]) { $0.farewellDelay == .zero },
    ]

    @Test("each flag sets what it says, in both spellings, refuses what it can't be, and says so", arguments: rows)
    private func flag(row: Row) throws {
        #expect(row.isSet(try settings(["--\(row.flag)", row.value])))
        #expect(row.isSet(try settings(["--\(row.flag)=\(row.value)"])))
        #expect(!row.isSet(try settings()), "the default is another")
        for value in row.refused {
            let words = try #require(problem(["--\(row.flag)", value]), "'\(value)' was taken")
            #expect(words.hasPrefix("--\(row.flag) can't be '\(value)': "))
        }
        #expect(problem(["--\(row.flag)"])?.hasPrefix("--\(row.flag) needs a value") == true)
    }

    @Test("help mentions every flag with what it is set to, and every variable; each flag of it is in the table here")
    func helpIsComplete() throws {
        let text = try help()
        for row in Self.rows { #expect(text.contains("--\(row.flag) "), "--\(row.flag)") }
        let variables = [
            "HOST", "PORT", "REDIS_ADDRESS", "REDIS_HOST", "REDIS_PORT", "CHANNEL_HISTORY_MAX", "ALLOWED_ORIGINS",
            "ALLOWED_HOSTS",
        ]
        for variable in variables { #expect(text.contains(variable), "\(variable)") }
        let known = Set(Self.rows.map(\.flag) + ["embedded", "compression", "metrics"])
        let told = text.split(separator: "\n").filter { $0.hasPrefix("  --") }
            .map { String($0.dropFirst(4).prefix { $0 != " " }) }
        #expect(Set(told) == known)
    }

    @Test("flags without a value turn on what is off by default, and take none")
    func switches() throws {
        let (off, on) = (try settings(), try settings(["--embedded", "--compression", "--metrics"]))
        #expect(!off.isEmbedded && !off.compresses && !off.tellsMetrics)
        #expect(on.isEmbedded && on.compresses && on.tellsMetrics)
        #expect(off.webSocket(descriptors: 99).compression == nil && on.webSocket(descriptors: 99).compression != nil)
        for flag in ["embedded", "compression", "metrics"] {
            #expect(problem(["--\(flag)=1"]) == "--\(flag) takes no value")
        }
    }

    @Test("defaults are those of the protocol")
    func defaults() throws {
        let settings = try settings()
        #expect(settings.host == "127.0.0.1" && settings.port == 3_000 && settings.threads == 4)
        #expect(settings.redis == nil && !settings.isEmbedded && settings.origins == nil && settings.webRoot == nil)
        #expect(settings.history == 50 && settings.retention == 1_000 && settings.rosterLimit == 1_000)
        #expect(settings.maximumMessage == 65_536 && settings.maximumText == 8_192 && settings.rate == 10)
        #expect(settings.joinRate == 50 && !settings.limitsJoinsFromHere && settings.patience == .seconds(5))
        #expect(settings.drain == .seconds(5) && settings.maximumRooms == 10_000)
        let webSocket = settings.webSocket(descriptors: 1_000)
        #expect(webSocket.outboundBudget == 1_048_576 && webSocket.pingInterval == .seconds(20))
        #expect(webSocket.http.maximumConnections < 1_000, "some descriptors are left")
        #expect(webSocket.http.maximumConnectionsPerAddress == nil)
    }

    @Test("of the drain a fifth passes before the farewells, another part if it is said, never more than four fifths")
    func farewellDelay() throws {
        #expect(try settings().farewellDelay == .seconds(1))
        #expect(try settings(["--drain", "30"]).farewellDelay == .seconds(6))
        #expect(try settings(["--drain", "30", "--drain-delay", "10"]).farewellDelay == .seconds(10))
        #expect(try settings(["--drain-delay", "10"]).farewellDelay == .seconds(4))
    }

    @Test("the environment sets what the flags don't")
    func environment() throws {
        let all = [
            "HOST": "0.0.0.0", "PORT": "8080", "CHANNEL_HISTORY_MAX": "10", "ALLOWED_ORIGINS": "*",
            "REDIS_ADDRESS": "cache:7000", "HOME": "/root",
        ]
        let settings = try settings(["--port", "9090"], all)
        #expect(settings.host == "0.0.0.0" && settings.port == 9_090 && settings.history == 10)
        #expect(settings.redis?.host == "cache" && settings.redis?.port == 7_000 && settings.origins != nil)
        #expect(try self.settings(["--host", "localhost"], all).host == "127.0.0.1")
        #expect(problem([], ["PORT": "none"])?.hasPrefix("PORT can't be 'none'") == true)
    }

    @Test("REDIS_HOST and REDIS_PORT do as well; REDIS_ADDRESS goes first; what is empty is not set")
    func redisVariables() throws {
        #expect(try settings([], ["REDIS_HOST": "cache"]).redis?.port == 6_379)
        #expect(try settings([], ["REDIS_HOST": "cache", "REDIS_PORT": "7000"]).redis?.port == 7_000)
        #expect(try settings([], ["REDIS_HOST": "cache", "REDIS_PORT": ""]).redis?.port == 6_379)
        #expect(try settings([], ["REDIS_HOST": "one", "REDIS_ADDRESS": "two:1"]).redis?.host == "two")
        #expect(try settings([], ["REDIS_HOST": "one", "REDIS_ADDRESS": ""]).redis?.host == "one")
        #expect(try settings([], ["REDIS_HOST": ""]).redis == nil)
        #expect(problem([], ["REDIS_HOST": "cache", "REDIS_PORT": "x"])?.hasPrefix("REDIS_PORT can't be 'x'") == true)
        #expect(problem([], ["REDIS_HOST": "ca che"])?.hasPrefix("REDIS_HOST can't be") == true)
        #expect(try settings([], ["REDIS_HOST": "::1", "REDIS_PORT": "7000"]).redis?.host == "::1")
    }

    @Test("flags without a value take none; unknown flags and stray words are named")
    func strange() throws {
        #expect(try settings(["--embedded"]).isEmbedded)
        #expect(problem(["--embedded=yes"]) == "--embedded takes no value")
        for argument in ["--nothing", "stray", "-p", "--", "--port-number=1", ""] {
            #expect(problem([argument]) == "there is no flag '\(argument)'; --help lists them")
        }
    }

    @Test("a password never gets into the words of an error")
    func secrets() {
        let words = problem(["--redis", "redis://user:hunter2@host:99999"])
        #expect(words != nil && words?.contains("hunter2") == false, "\(words ?? "")")
    }
}
