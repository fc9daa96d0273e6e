/// What a batch sends beside its own commands so that its scripts are loaded when they run, and how the replies to
/// that are taken out again.
///
/// A script in a transaction of the batch's own gets a SCRIPT LOAD before it; any other is put into a transaction with
/// one: MULTI, SCRIPT LOAD, EVALSHA, EXEC. Nobody's SCRIPT FLUSH can come in between.
struct ScriptFraming: Sendable {
    private enum Step {
        /// So many commands of the batch, each with one reply.
        case plain(Int)
        /// MULTI, SCRIPT LOAD, EVALSHA, EXEC, for one command of the batch.
        case framed
        /// SCRIPT LOAD and EVALSHA within a transaction of the batch.
        case queued
        /// EXEC, with the replies to SCRIPT LOAD at these places of its array.
        case exec([Int])
    }

    private var steps: [Step]
    private(set) var replyCount: Int
    /// Where in the present transaction scripts are loaded, and which.
    private var places: [Int] = []
    private var loaded: Set<RedisScript> = []

    /// - Parameter plainCount: how many commands stand before the first script.
    init(plainCount: Int) {
        steps = [.plain(plainCount)]
        replyCount = plainCount
    }

    // MARK: Commands

    mutating func plain() {
        replyCount += 1
        if case .plain(let count) = steps.last {
            steps[steps.count - 1] = .plain(count + 1)
        } else {
            steps.append(.plain(1))
        }
    }

    mutating func framed() {
        replyCount += 4
        steps.append(.framed)
    }

    /// - Parameter place: how many commands have been queued since MULTI.
    mutating func queued(at place: Int, isLoaded: Bool) {
        if isLoaded { return plain() }
        replyCount += 2
        places.append(place)
        steps.append(.queued)
    }

    /// Whether the script hasn't been loaded yet in this transaction; from now on it is.
    mutating func mustLoad(_ script: RedisScript) -> Bool { loaded.insert(script).inserted }

    mutating func forget() { loaded = [] }

    mutating func transactionBegins() {
        places = []
        loaded = []
    }

    /// The EXEC that was just added as a plain command.
    mutating func transactionEnds() {
        if places.isEmpty { return }
        if case .plain(let count) = steps.last, count > 1 {
            steps[steps.count - 1] = .plain(count - 1)
        } else {
            steps.removeLast()
        }
        steps.append(.exec(places))
    }

    // MARK: Replies

    func replies(from all: [RESPValue]) -> [RESPValue] {
        var rest = all[...]
        var replies: [RESPValue] = []
        for step in steps {
            switch step {
            case .plain(let count):
                replies += rest.prefix(count)
                rest = rest.dropFirst(count)
            case .framed:
                replies.append(Self.reply(ofFramed: Array(rest.prefix(4))))
                rest = rest.dropFirst(4)
            case .queued:
                let two = rest.prefix(2)
                if let reply = two.first(where: { $0.errorMessage != nil }) ?? two.last { replies.append(reply) }
                rest = rest.dropFirst(2)
            case .exec(let places):
                if let reply = rest.popFirst() { replies.append(Self.reply(reply, without: places)) }
            }
        }
        return replies
    }

    /// That of EVALSHA; where the transaction was refused, that of the command that was at fault.
    private static func reply(ofFramed four: [RESPValue]) -> RESPValue {
        if let results = four.last?.elements, let result = results.last { return result }
        return four.first { $0.errorMessage != nil } ?? four.last ?? .nullArray
    }

    private static func reply(_ reply: RESPValue, without places: [Int]) -> RESPValue {
        guard let elements = reply.elements else { return reply }
        return .array(elements.enumerated().filter { !places.contains($0.offset) }.map(\.element))
    }
}
