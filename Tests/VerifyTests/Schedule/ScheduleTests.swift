import Foundation
import Testing

@testable import Verify

@Suite("verify: the schedule and its options")
struct ScheduleTests {
    private func setting(seed: UInt64 = 1, only: Set<FaultName> = [], own: Bool = true) -> Schedule.Setting {
        Schedule.Setting(
            seed: seed, faults: 300, servers: 3, clients: 20, pace: .milliseconds(1_500), ownsProcesses: own,
            canStepClock: own,
            only: only)
    }

    @Test("a seed makes the same schedule again, and another seed another one")
    func deterministic() {
        #expect(Schedule(setting()) == Schedule(setting()))
        #expect(Schedule(setting()) != Schedule(setting(seed: 2)))
    }

    @Test("faults come in order, about as often as asked for, and of every kind")
    func spread() {
        let faults = Schedule(setting()).faults
        #expect(faults.map(\.number) == Array(1...300))
        #expect(faults.map(\.at) == faults.map(\.at).sorted())
        #expect((.seconds(350)..<Duration.seconds(550)).contains(faults[299].at))
        let words = faults.map(\.description).joined()
        for word in ["SIGKILL server", "SIGTERM server", "SIGSTOP server", "SIGKILL redis", "SIGTERM redis"] {
            #expect(words.contains(word))
        }
        for word in ["go back, as it runs", "DEL the members"] { #expect(words.contains(word)) }
        for word in [
            "clock steps", "SCRIPT FLUSH", "a NAT forgets", "nobody reads the log",
        ] {
            #expect(words.contains(word))
        }
        for word in ["SIGSTOP redis", "goes back", "CLIENT KILL", "cut", "roaming", "slow", "leaving", "vanish"] {
            #expect(words.contains(word))
        }
    }

    @Test("nobody is broken while it is still down")
    func noOverlap() {
        var busy: [Int: Duration] = [:]
        for fault in Schedule(setting(only: [.serverKill, .serverFreeze])).faults {
            switch fault.kind {
            case .serverKill(let server, let down), .serverFreeze(let server, let down):
                #expect(busy[server, default: .zero] <= fault.at)
                busy[server] = fault.at + down
            default: Issue.record("\(fault) was not asked for")
            }
        }
    }

    @Test("somebody else's processes are left alone")
    func target() {
        for fault in Schedule(setting(own: false)).faults {
            switch fault.kind {
            case .subscriberLinksCut, .clientsCut, .clientsRoam, .clientsSlow, .clientsLeave, .handshakesVanish: break
            default: Issue.record("\(fault)")
            }
        }
    }

    @Test("the rights that a run gives its servers in Redis are the documented ones")
    func documentedRights() throws {
        let root = #filePath.components(separatedBy: "/Tests/VerifyTests/")[0]
        let security = try String(contentsOf: URL(filePath: "\(root)/SECURITY.md"), encoding: .utf8)
        let words = security.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(RedisUser.rights.split(whereSeparator: \.isWhitespace).joined(separator: " ")))
    }

    @Test("without a way to set Redis' clock it isn't stepped")
    func noClock() {
        var setting = setting()
        setting.canStepClock = false
        #expect(!Schedule(setting).faults.contains { if case .clockStep = $0.kind { true } else { false } })
        #expect(throws: VerifyError.self) { try VerifyOptions.read(["--only", "clock-step"]) }
        #expect(throws: VerifyError.self) { try VerifyOptions.read(["--clock-shim", "/nowhere/shim.so"]) }
    }

    @Test("options are read, and nonsense is refused with a word")
    func options() throws {
        let request = try VerifyOptions.read(["--seed", "7", "--faults=9", "--only", "pubsub,redis-kill", "--keep"])
        guard case .run(let options) = request else { return #expect(Bool(false)) }
        #expect(options.seed == 7 && options.faults == 9 && options.isKept)
        #expect(options.only == [.pubsub, .redisKill])
        for wrong in [["--sed", "1"], ["--seed"], ["--seed", "x"], ["--servers", "0"], ["--only", "rain"]] {
            #expect(throws: VerifyError.self) { try VerifyOptions.read(wrong) }
        }
        #expect(throws: VerifyError.self) { try VerifyOptions.read(["--target", "ws://a:1"]) }
        #expect(throws: VerifyError.self) { try VerifyOptions.read(["--other-binary", "/no/such/program"]) }
        #expect(throws: VerifyError.self) { try VerifyOptions.read(["--other-flags", "--metrics"]) }
        #expect(throws: VerifyError.self) {
            try VerifyOptions.read(["--target", "ws://a:1", "--redis", "a:2", "--only", "server-kill"])
        }
    }
}
