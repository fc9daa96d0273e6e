import RESP
import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Settings: what others have put into the environment")
struct EnvironmentTests {
    private func settings(_ arguments: [String] = [], _ environment: [String: String]) throws -> Settings {
        guard case .run(let settings) = try Settings.read(arguments: arguments, environment: environment, cores: 4)
        else { throw SettingsError(description: "help was asked for") }
        return settings
    }

    /// A flag, a good value of it, the variables that it makes moot.
    private static let pairs: [(flag: [String], variables: [String])] = [
        (["--host", "::1"], ["HOST"]),
        (["--port", "8080"], ["PORT"]),
        (["--redis", "cache:7000"], ["REDIS_ADDRESS", "REDIS_HOST", "REDIS_PORT"]),
        (["--embedded"], ["REDIS_ADDRESS", "REDIS_HOST", "REDIS_PORT"]),
        (["--history", "7"], ["CHANNEL_HISTORY_MAX"]),
        (["--origins", "*"], ["ALLOWED_ORIGINS"]),
        (["--hosts", "chat.example"], ["ALLOWED_HOSTS"]),
        (["--rooms", "lobby"], ["ALLOWED_ROOMS"]),
    ]

    @Test("a variable isn't judged where its flag is given, whatever stands in it", arguments: pairs)
    func moot(flag: [String], variables: [String]) throws {
        let alone = try settings(flag, [:])
        for junk in ["tcp://10.0.0.1:6379", "x86_64-conda-linux-gnu", "redis://", "no such thing", "-1", "7001", "::"] {
            let environment = Dictionary(uniqueKeysWithValues: variables.map { ($0, junk) })
            let settings = try settings(flag, environment)
            #expect(settings.warnings.isEmpty, "\(environment)")
            #expect(settings.host == alone.host && settings.port == alone.port && settings.history == alone.history)
            #expect(settings.isEmbedded == alone.isEmbedded && (settings.origins == nil) == (alone.origins == nil))
            #expect(settings.redis?.description == alone.redis?.description)
        }
    }

    @Test("every variable has its flag in the table above")
    func tableIsComplete() {
        let variables = Set(Settings.flags.flatMap(\.environment) + ["REDIS_HOST", "REDIS_PORT"])
        #expect(variables == Set(Self.pairs.flatMap(\.variables)))
        for flag in Settings.flags where !flag.environment.isEmpty {
            #expect(Self.pairs.contains { $0.flag[0] == "--\(flag.name)" }, "--\(flag.name)")
        }
    }

    @Test("Kubernetes' REDIS_PORT is understood: for the port beside REDIS_HOST, else for the whole address")
    func kubernetes() throws {
        let service = [
            "REDIS_PORT": "tcp://10.0.0.1:6380", "REDIS_SERVICE_HOST": "10.0.0.1", "REDIS_SERVICE_PORT": "6380",
            "REDIS_PORT_6380_TCP": "tcp://10.0.0.1:6380",
        ]
        let alone = try settings([], service)
        #expect(alone.redis?.host == "10.0.0.1" && alone.redis?.port == 6_380)
        #expect(alone.warnings.count == 1 && alone.warnings[0].hasPrefix("REDIS_PORT is 'tcp://10.0.0.1:6380'"))
        let named = try settings([], service.merging(["REDIS_HOST": "cache"]) { $1 })
        #expect(named.redis?.host == "cache" && named.redis?.port == 6_380 && named.warnings.isEmpty)
        let addressed = try settings([], service.merging(["REDIS_ADDRESS": "redis://one:1"]) { $1 })
        #expect(addressed.redis?.host == "one" && addressed.redis?.port == 1 && addressed.warnings.isEmpty)
        #expect(try settings([], ["REDIS_PORT": "tcp://[fd00::1]:6380"]).redis?.host == "fd00::1")
    }

    @Test(
        "what stands in HOST, PORT or REDIS_PORT for others is named in a warning, and the default is used",
        arguments: [
            ("HOST", "x86_64-conda-linux-gnu"), ("HOST", "my-laptop.local"), ("PORT", "tcp://10.0.0.1:80"),
            ("PORT", "udp://10.0.0.1:53"), ("REDIS_PORT", "7000"), ("REDIS_PORT", "udp://10.0.0.1:53"),
        ])
    func foreign(variable: String, value: String) throws {
        let settings = try settings([], [variable: value])
        #expect(settings.host == "127.0.0.1" && settings.port == 3_000 && settings.redis == nil)
        #expect(settings.warnings.count == 1 && settings.warnings[0].hasPrefix("\(variable) is '\(value)'"))
        let isTold = ["HOST": "127.0.0.1 is used", "PORT": "3000 is used"][variable].map(settings.warnings[0].contains)
        #expect(isTold != false)
        let beside = try self.settings([], ["REDIS_HOST": "cache", "REDIS_PORT": "udp://10.0.0.1:53"])
        #expect(beside.redis?.port == 6_379 && beside.warnings.count == 1)
    }

    @Test("what was meant for this server and is wrong still ends the start, and is named")
    func wrong() {
        for (variable, value) in [
            ("PORT", "many"), ("CHANNEL_HISTORY_MAX", "-1"), ("ALLOWED_ORIGINS", "a.example"),
            ("REDIS_ADDRESS", "http://h"),
            ("REDIS_HOST", "ho st"),
        ] {
            let error = #expect(throws: SettingsError.self) { try settings([], [variable: value]) }
            #expect(error?.description.hasPrefix("\(variable) can't be '\(value)") == true)
        }
    }
}
