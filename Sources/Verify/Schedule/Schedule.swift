/// What goes wrong in a run, made from its seed: the same seed and numbers make the same schedule.
struct Schedule: Hashable, Sendable {
    struct Setting: Hashable, Sendable {
        var seed: UInt64
        var faults: Int
        var servers: Int
        var clients: Int
        /// The mean time between two faults.
        var pace: Duration
        /// Whether servers and Redis are ours to kill.
        var ownsProcesses: Bool
        /// Whether Redis' clock can be put ahead and back.
        var canStepClock = false
        /// By their names; empty: all there are.
        var only: Set<FaultName> = []
    }

    /// Before the first fault.
    static let warmUp: Duration = .seconds(3)

    let faults: [Fault]

    init(_ setting: Setting) {
        var maker = Maker(setting)
        faults = (0..<setting.faults).map { maker.next(number: $0 + 1) }
    }
}

/// Draws fault after fault, none for who is still down from the one before.
private struct Maker {
    private let setting: Schedule.Setting
    private var random: RunRandom
    private var time = Schedule.warmUp
    private var serverBusyUntil: [Duration]
    private var redisBusyUntil = Duration.zero

    init(_ setting: Schedule.Setting) {
        self.setting = setting
        random = RunRandom(seed: setting.seed)
        serverBusyUntil = Array(repeating: .zero, count: setting.servers)
    }

    mutating func next(number: Int) -> Fault {
        let pace = Int(setting.pace / .milliseconds(1))
        time += random.duration((pace * 3 / 10)...(pace * 17 / 10))
        while true {
            let idle = serverBusyUntil.indices.filter { serverBusyUntil[$0] <= time }
            let possible = FaultName.allCases.filter { isPossible($0, idle: idle) }
            if !possible.isEmpty { return Fault(number: number, at: time, kind: kind(of: pick(possible), idle: idle)) }
            // All that may be broken is down still.
            time += .milliseconds(250)
        }
    }

    private func isPossible(_ name: FaultName, idle: [Int]) -> Bool {
        if !setting.only.isEmpty, !setting.only.contains(name) { return false }
        if name == .clockStep, !setting.canStepClock { return false }
        if name.needsServer { return setting.ownsProcesses && !idle.isEmpty }
        if name.needsRedis { return setting.ownsProcesses && redisBusyUntil <= time }
        return true
    }

    private mutating func pick(_ possible: [FaultName]) -> FaultName {
        var rest = Int.random(in: 0..<possible.reduce(0) { $0 + $1.weight }, using: &random)
        for draw in possible {
            rest -= draw.weight
            if rest < 0 { return draw }
        }
        return possible[0]
    }

    private mutating func kind(of draw: FaultName, idle: [Int]) -> Fault.Kind {
        switch draw {
        case .serverKill:
            let (server, down) = (server(of: idle), random.duration(300...5_000))
            serverBusyUntil[server] = time + down + .seconds(2)
            return .serverKill(server, down: down)
        case .serverTerminate:
            let (server, down) = (server(of: idle), random.duration(100...3_000))
            serverBusyUntil[server] = time + down + .seconds(8)
            return .serverTerminate(server, down: down)
        case .serverFreeze:
            let (server, lasting) = (server(of: idle), random.duration(300...9_000))
            serverBusyUntil[server] = time + lasting + .seconds(2)
            return .serverFreeze(server, lasting: lasting)
        case .redisKill: return .redisKill(down: redisDuration(100...3_000))
        case .redisTerminate: return .redisTerminate(down: redisDuration(100...4_000))
        case .redisFreeze: return .redisFreeze(lasting: redisDuration(200...5_000))
        case .redisRestore: return .redisRestore(age: redisDuration(500...5_000))
        case .redisPutBack: return .redisPutBack(age: redisDuration(500...5_000))
        case .membersLost: return .membersLost(client: Int.random(in: 0..<setting.clients, using: &random))
        case .clockStep:
            let step = random.duration(20_000...60_000) * (Bool.random(using: &random) ? 1 : -1)
            return .clockStep(by: step, lasting: redisDuration(1_000...8_000))
        case .scriptFlush: return .scriptsFlushed
        case .nat:
            let server = server(of: idle)
            serverBusyUntil[server] = time + .seconds(6)
            return .linksForgotten(server)
        case .logPipe:
            let (server, lasting) = (server(of: idle), random.duration(2_000...10_000))
            serverBusyUntil[server] = time + lasting + .seconds(1)
            return .logUnread(server, lasting: lasting)
        case .pubsub: return .subscriberLinksCut
        case .cut: return .clientsCut(clients(upTo: 8))
        case .roam: return .clientsRoam(clients(upTo: 4))
        case .slow: return .clientsSlow(clients(upTo: 6), lasting: random.duration(4_000...14_000))
        case .leave: return .clientsLeave(clients(upTo: 3))
        case .vanish:
            return .handshakesVanish(
                server: Int.random(in: 0..<setting.servers, using: &random),
                count: Int.random(in: 1...6, using: &random))
        }
    }

    private mutating func server(of idle: [Int]) -> Int { idle.randomElement(using: &random) ?? 0 }

    private mutating func redisDuration(_ range: ClosedRange<Int>) -> Duration {
        let duration = random.duration(range)
        redisBusyUntil = time + duration + .seconds(4)
        return duration
    }

    private mutating func clients(upTo most: Int) -> [Int] {
        random.choose(Int.random(in: 1...max(1, min(most, setting.clients)), using: &random), of: setting.clients)
    }
}
