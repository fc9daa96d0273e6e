/// Commands on their way: those not written yet, and those that await their replies, both first in, first out.
///
/// Pure: bytes to write come out, replies go in, each is matched to the oldest command that awaits one.
struct CommandPipeline<Completion> {
    typealias Outcome = (completion: Completion, result: Result<RESPValue, RedisError>)

    struct Entry {
        /// One command, or a whole transaction from MULTI to EXEC: its outcome is the last reply.
        let commands: [RedisCommand]
        let deadline: ContinuousClock.Instant
        /// The only connection it may be written to; nil for any.
        let connection: UInt64?
        /// nil once its deadline has passed: a reply that comes after all belongs to nobody.
        var completion: Completion?
        var repliesSeen = 0
        /// It met NOSCRIPT, and has gone out with its script's source since.
        var hasSentSource = false
        var firstError: String?

        var byteCount: Int { commands.reduce(0) { $0 + $1.byteCount } }
    }

    /// How many commands may be under way, and how many bytes may wait to be written.
    struct Limits {
        var commands: Int
        var bytes: Int
    }

    private let limits: Limits
    private var waiting = FIFO<Entry>()
    private var inFlight = FIFO<Entry>()
    /// Commands that met NOSCRIPT: they go first once the scripts are back.
    private var again: [Entry] = []
    private var waitingBytes = 0
    private var digests: [RedisScript: String] = [:]
    /// The number of the connection in use; nil while there is none.
    private var connection: UInt64?

    init(limits: Limits) { self.limits = limits }

    var count: Int { waiting.count + inFlight.count + again.count }
    var isAwaitingReplies: Bool { !inFlight.isEmpty }
    var hasWaiting: Bool { !waiting.isEmpty || !again.isEmpty }

    // MARK: In

    mutating func submit(_ entry: Entry) throws(RedisError) {
        if let wanted = entry.connection, wanted != connection { throw .connectionChanged }
        if count >= limits.commands || waitingBytes + entry.byteCount > limits.bytes {
            throw .queueFull(limit: count)
        }
        waitingBytes += entry.byteCount
        waiting.append(entry)
    }

    mutating func connected(_ number: UInt64, digests: [RedisScript: String]) {
        connection = number
        self.digests = digests
    }

    /// Appends what may be written now to `output`, up to about `byteLimit` bytes.
    mutating func write(to output: inout [UInt8], byteLimit: Int) {
        // A send that met NOSCRIPT must not be passed by a later one: all replies first, then it, then the others.
        if !again.isEmpty {
            if !inFlight.isEmpty { return }
            // As EVAL with their source, which loads the script as well.
            for var entry in again {
                entry.hasSentSource = true
                write(entry, to: &output, withDigests: false)
            }
            again.removeAll()
        }
        while output.count < byteLimit, let entry = waiting.popFirst() {
            waitingBytes -= entry.byteCount
            // Within a transaction NOSCRIPT would come too late: what stands beside it has been carried out by then.
            write(entry, to: &output, withDigests: entry.commands.count == 1)
        }
    }

    private mutating func write(_ entry: Entry, to output: inout [UInt8], withDigests: Bool) {
        for command in entry.commands {
            command.encode(digest: withDigests ? command.script.flatMap { digests[$0] } : nil, to: &output)
        }
        inFlight.append(entry)
    }

    // MARK: Out

    /// The outcome that `reply` completes, if it completes one.
    /// - Throws: `unexpectedReply` when no command awaits a reply.
    mutating func receive(_ reply: RESPValue) throws(RedisError) -> Outcome? {
        guard let first = inFlight.first else { throw reply.unexpected() }
        if first.commands.count == 1 {
            _ = inFlight.popFirst()
            if first.commands[0].script != nil, reply.errorMessage?.hasPrefix("NOSCRIPT") == true,
                first.completion != nil, !first.hasSentSource
            {
                again.append(first)
                return nil
            }
            return first.completion.map { ($0, Result { () throws(RedisError) in try reply.checked() }) }
        }
        inFlight.updateFirst { entry in
            entry.repliesSeen += 1
            if entry.firstError == nil { entry.firstError = reply.errorMessage }
        }
        guard let entry = inFlight.first, entry.repliesSeen == entry.commands.count else { return nil }
        _ = inFlight.popFirst()
        // The reason is the command that was refused, not the EXECABORT that follows from it.
        if let message = entry.firstError { return entry.completion.map { ($0, .failure(.reply(message))) } }
        return entry.completion.map { ($0, .success(reply)) }
    }

    /// Takes out what has waited too long. Of what was written the place is kept, for the reply that may still come.
    mutating func expire(at now: ContinuousClock.Instant, notConnected reason: String) -> [Outcome] {
        var outcomes: [Outcome] = []
        var kept = FIFO<Entry>()
        while var entry = inFlight.popFirst() {
            if entry.deadline <= now, let completion = entry.completion.take() {
                outcomes.append((completion, .failure(.timedOut)))
            }
            kept.append(entry)
        }
        inFlight = kept
        let failure = RedisError.notConnected(reason)
        for entry in again where entry.deadline <= now {
            entry.completion.map { outcomes.append(($0, .failure(failure))) }
        }
        again.removeAll { $0.deadline <= now }
        var stillWaiting = FIFO<Entry>()
        while let entry = waiting.popFirst() {
            if entry.deadline <= now {
                waitingBytes -= entry.byteCount
                entry.completion.map { outcomes.append(($0, .failure(failure))) }
            } else {
                stillWaiting.append(entry)
            }
        }
        waiting = stillWaiting
        return outcomes
    }

    /// The earliest deadline of all that is under way.
    var nextDeadline: ContinuousClock.Instant? {
        var earliest = again.map(\.deadline).min()
        func consider(_ entry: Entry) {
            if entry.completion != nil { earliest = min(earliest ?? entry.deadline, entry.deadline) }
        }
        inFlight.forEach(consider)
        waiting.forEach(consider)
        return earliest
    }

    /// The link is gone: what was written fails, what wasn't waits, unless it was for that connection alone.
    mutating func linkLost(_ reason: String) -> [Outcome] {
        connection = nil
        digests = [:]
        var outcomes: [Outcome] = []
        for entry in inFlight.takeAll() {
            entry.completion.map { outcomes.append(($0, .failure(.connectionLost(reason)))) }
        }
        // They met NOSCRIPT, so they were not carried out: those bound to the connection fail, the others wait on.
        let rest = again + waiting.takeAll()
        again = []
        waitingBytes = 0
        for entry in rest {
            if entry.connection != nil {
                entry.completion.map { outcomes.append(($0, .failure(.connectionChanged))) }
            } else {
                waitingBytes += entry.byteCount
                waiting.append(entry)
            }
        }
        return outcomes
    }

    /// Fails everything.
    mutating func close() -> [Outcome] {
        let all = inFlight.takeAll() + again + waiting.takeAll()
        again = []
        waitingBytes = 0
        return all.compactMap { entry in entry.completion.map { ($0, .failure(.closed)) } }
    }
}
