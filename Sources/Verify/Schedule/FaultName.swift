/// The kinds of faults, by the names that `--only` takes.
enum FaultName: String, CaseIterable, Hashable, Sendable {
    case serverKill = "server-kill"
    case serverTerminate = "server-terminate"
    case serverFreeze = "server-freeze"
    case redisKill = "redis-kill"
    case redisTerminate = "redis-terminate"
    case redisFreeze = "redis-freeze"
    case redisRestore = "redis-restore"
    case redisPutBack = "redis-put-back"
    case membersLost = "members-lost"
    case clockStep = "clock-step"
    case scriptFlush = "script-flush"
    case nat
    case logPipe = "log-pipe"
    case pubsub, cut, roam, slow, leave, vanish

    /// How often it comes, in relation to the others.
    var weight: Int {
        switch self {
        case .serverKill, .pubsub, .cut: 5
        case .serverFreeze, .slow, .vanish: 4
        case .serverTerminate, .roam: 3
        case .leave, .redisKill, .redisFreeze, .nat, .logPipe: 2
        case .redisTerminate, .redisRestore, .redisPutBack, .membersLost, .clockStep, .scriptFlush: 1
        }
    }

    /// Whether it is done to a server that runs.
    var needsServer: Bool {
        switch self {
        case .serverKill, .serverTerminate, .serverFreeze, .nat, .logPipe: true
        default: false
        }
    }

    /// Whether it is done to a Redis that runs.
    var needsRedis: Bool {
        switch self {
        case .redisKill, .redisTerminate, .redisFreeze, .redisRestore, .redisPutBack, .membersLost, .clockStep,
            .scriptFlush:
            true
        default: false
        }
    }
}
