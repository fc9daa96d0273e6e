/// Commands on their way: those not written yet, and those that await their replies, both first in, first out.
///
/// Pure: bytes to write come out, replies go in, each is matched to the oldest command that awaits one.
struct CommandPipeline<Completion> {
    typealias Outcome = (completion: Completion, result: Result<RESPValue, RedisError>)

    struct Entry {
        let request: CommandRequest
        let deadline: ContinuousClock.Instant
        /// The only connection it may be written to; nil for any.
        let connection: UInt64?
        /// nil once its deadline has passed: a reply that comes after all belongs to nobody.
        var completion: Completion?
        /// How often it met NOSCRIPT.
        var missedScripts = 0
        /// The request's, counted once.
        let byteCount: Int

        init(request: CommandRequest, deadline: ContinuousClock.Instant, connection: UInt64?, completion: Completion?) {
            self.request = request
            self.deadline = deadline
            self.connection = connection
            self.completion = completion
            byteCount = request.byteCount
        }
    }

    /// How many commands may be under way, and how many bytes may wait to be written.
    struct Limits {
        var commands: Int
        var bytes: Int
    }

    /// A script that meets NOSCRIPT so often gives up: somebody flushes all the time, or it says so itself.
    private static var longestScriptHunt: Int { 5 }
    /// So many scripts are remembered as loaded; beyond that they are loaded once more.
    private static var mostLoadedScripts: Int { 1_024 }

    private let limits: Limits
    private var waiting = FIFO<Entry>()
    private var inFlight = FIFO<Entry>()
    /// Scripts that met NOSCRIPT, and were not carried out: they go first once all replies are here.
    private var again: [Entry] = []
    private var waitingBytes = 0
    /// The replies that have come for the oldest entry in flight, and how many are still to come once one has.
    private var replies: [RESPValue] = []
    private var missingReplies = 0
    /// What this connection has loaded, or is about to: the SCRIPT LOAD has been written.
    private var loaded: Set<RedisScript> = []
    /// Why a SCRIPT LOAD was refused: its script's reply, which can only be NOSCRIPT, wouldn't tell.
    private var loadFailures: [RedisScript: String] = [:]
    /// The number of the connection in use; nil while there is none.
    private var connection: UInt64?

    init(limits: Limits) { self.limits = limits }

    /// How many commands are under way.
    private(set) var count = 0
    var isAwaitingReplies: Bool { !inFlight.isEmpty }
    /// Whether the reply that comes next may take its time.
    var isBlocking: Bool { inFlight.first?.request.isBlocking ?? false }
    var hasWaiting: Bool { !waiting.isEmpty || !again.isEmpty }

    // MARK: In

    mutating func submit(_ entry: Entry) throws(RedisError) {
        if let wanted = entry.connection, wanted != connection { throw .connectionChanged }
        if limits.commands - count < entry.request.replyCount || waitingBytes + entry.byteCount > limits.bytes {
            throw .queueFull(limit: limits.commands)
        }
        count += entry.request.replyCount
        waitingBytes += entry.byteCount
        waiting.append(entry)
    }

    /// - Parameter loaded: the scripts that the connection's greeting has loaded.
    mutating func connected(_ number: UInt64, loaded: [RedisScript]) {
        connection = number
        self.loaded = Set(loaded)
    }

    /// Appends what may be written now to `output`, up to about `byteLimit` bytes.
    mutating func write(to output: inout [UInt8], byteLimit: Int) {
        // A send that met NOSCRIPT must not be passed by a later one: all replies first, then it, then the others.
        if !again.isEmpty {
            if !inFlight.isEmpty { return }
            let entries = again
            again = []
            for entry in entries { send(entry, to: &output) }
        }
        output.reserveCapacity(output.count + min(waitingBytes, byteLimit))
        while output.count < byteLimit, let entry = waiting.popFirst() {
            waitingBytes -= entry.byteCount
            send(entry, to: &output)
        }
    }

    private mutating func send(_ entry: Entry, to output: inout [UInt8]) {
        if let script = entry.request.script, !loaded.contains(script) {
            load(script, until: entry.deadline, to: &output)
        }
        entry.request.encode(to: &output)
        inFlight.append(entry)
    }

    /// Right before its first run, in the same write: nothing waits for the answer.
    private mutating func load(
        _ script: RedisScript, until deadline: ContinuousClock.Instant, to output: inout [UInt8]
    ) {
        if loaded.count >= Self.mostLoadedScripts { loaded = [] }
        loaded.insert(script)
        loadFailures[script] = nil
        script.loadCommand.encode(to: &output)
        count += 1
        inFlight.append(Entry(request: .load(script), deadline: deadline, connection: nil, completion: nil))
    }

    /// Writes a PING whose answer is nobody's.
    mutating func ping(to output: inout [UInt8], at now: ContinuousClock.Instant) {
        let request = CommandRequest.single(RedisCommand("PING"))
        request.encode(to: &output)
        count += 1
        inFlight.append(Entry(request: request, deadline: now, connection: nil, completion: nil))
    }

    // MARK: Out

    /// The outcome that `reply` completes, if it completes one.
    /// - Throws: `unexpectedReply` when no command awaits a reply.
    mutating func receive(_ reply: consuming RESPValue) throws(RedisError) -> Outcome? {
        if missingReplies > 1 {
            missingReplies -= 1
            replies.append(reply)
            return nil
        }
        if missingReplies == 0 {
            guard let commandCount = inFlight.first?.request.replyCount else { throw reply.unexpected() }
            if commandCount > 1 {
                missingReplies = commandCount - 1
                replies.reserveCapacity(commandCount)
                replies.append(reply)
                return nil
            }
        }
        guard var entry = inFlight.popFirst() else { throw reply.unexpected() }
        if let script = entry.request.script, let message = reply.errorMessage {
            if case .load = entry.request { refused(script, message) }
            if message.hasPrefix("NOSCRIPT"), entry.completion != nil, entry.missedScripts < Self.longestScriptHunt {
                if let failure = loadFailures[script] {
                    count -= 1
                    return entry.completion.map { ($0, .failure(.reply(failure))) }
                }
                entry.missedScripts += 1
                again.append(entry)
                // Whoever has lost one has lost them all.
                loaded = []
                return nil
            }
        }
        count -= entry.request.replyCount
        defer { forgetReplies() }
        guard let completion = entry.completion else { return nil }
        switch entry.request {
        case .single, .load:
            return (completion, Result { () throws(RedisError) in try reply.checked() })
        case .transaction, .pipeline:
            replies.append(reply)
            return (completion, entry.request.outcome(of: replies))
        }
    }

    private mutating func refused(_ script: RedisScript, _ message: String) {
        loaded.remove(script)
        if loadFailures.count >= Self.mostLoadedScripts { loadFailures = [:] }
        loadFailures[script] = message
    }

    private mutating func forgetReplies() {
        missingReplies = 0
        replies = []
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
            count -= entry.request.replyCount
            entry.completion.map { outcomes.append(($0, .failure(failure))) }
        }
        again.removeAll { $0.deadline <= now }
        var stillWaiting = FIFO<Entry>()
        while let entry = waiting.popFirst() {
            if entry.deadline <= now {
                waitingBytes -= entry.byteCount
                count -= entry.request.replyCount
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
        loaded = []
        loadFailures = [:]
        forgetReplies()
        var outcomes: [Outcome] = []
        for entry in inFlight.takeAll() {
            count -= entry.request.replyCount
            entry.completion.map { outcomes.append(($0, .failure(.connectionLost(reason)))) }
        }
        // They met NOSCRIPT, so they were not carried out: those bound to the connection fail, the others wait on.
        let rest = again + waiting.takeAll()
        again = []
        waitingBytes = 0
        for entry in rest {
            if entry.connection != nil {
                count -= entry.request.replyCount
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
        count = 0
        forgetReplies()
        return all.compactMap { entry in entry.completion.map { ($0, .failure(.closed)) } }
    }
}
