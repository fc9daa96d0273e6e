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
    case pubsub, cut, roam, slow, leave, vanish

    /// How often it comes, in relation to the others.
    var weight: Int {
        switch self {
        case .serverKill, .pubsub, .cut: 5
        case .serverFreeze, .slow, .vanish: 4
        case .serverTerminate, .roam: 3
        case .leave, .redisKill, .redisFreeze: 2
        case .redisTerminate, .redisRestore, .redisPutBack, .membersLost: 1
        }
    }

    var needsServer: Bool { self == .serverKill || self == .serverTerminate || self == .serverFreeze }

    var needsRedis: Bool {
        switch self {
        case .redisKill, .redisTerminate, .redisFreeze, .redisRestore, .redisPutBack, .membersLost: true
        default: false
        }
    }
}
