import Transport

/// The connection that commands go over: those of one tick in one write, replies matched in order.
final class CommandSession {
    typealias Completion = (Result<RESPValue, RedisError>) -> Void

    private let configuration: RedisConfiguration
    private var pipeline: CommandPipeline<Completion>
    private lazy var link = makeLink(for: self)
    private lazy var linkWatch = LinkWatch(self, configuration: configuration)
    private var isWriteDue = false
    private var isClosed = false
    private var timer: (token: TimerToken, deadline: ContinuousClock.Instant)?
    private var connectionCount: UInt64 = 0
    private var info: RedisConnectionInfo?
    private var readyWaiters: [ReadyWaiter] = []
    /// Since when there have been commands that await a reply.
    private var awaitingSince: ContinuousClock.Instant = .now

    private struct ReadyWaiter {
        let deadline: ContinuousClock.Instant
        let resume: (Result<RedisConnectionInfo, RedisError>) -> Void
    }

    init(configuration: RedisConfiguration) {
        self.configuration = configuration
        pipeline = CommandPipeline(
            limits: .init(commands: configuration.maximumCommands, bytes: configuration.maximumQueuedBytes))
    }

    private var greeting: [RedisCommand] {
        configuration.greeting + configuration.scripts.map(\.loadCommand)
            + configuration.handshake
    }

    func start(on loop: isolated EventLoop) {
        if loop.isStopped { return close(on: loop) }
        loop.addStopHandler(self)
        link.start(on: loop)
    }

    // MARK: Sending

    /// Queues the request; all of a tick are written together, at the end of the tick or when there is a link again.
    func submit(
        _ request: CommandRequest, timeout: Duration?, connection: UInt64?, on loop: isolated EventLoop,
        completion: @escaping Completion
    ) {
        if isClosed { return completion(.failure(.closed)) }
        let deadline = loop.now.advanced(by: timeout ?? configuration.commandTimeout)
        do throws(RedisError) {
            try pipeline.submit(
                .init(request: request, deadline: deadline, connection: connection, completion: completion))
        } catch {
            return completion(.failure(error))
        }
        watch(deadline, on: loop)
        writeAtEndOfTick(on: loop)
    }

    private func writeAtEndOfTick(on loop: isolated EventLoop) {
        if isWriteDue || info == nil { return }
        isWriteDue = true
        loop.atEndOfTick(self)
    }

    // MARK: The connection

    /// The present connection, or the next one within `timeout`.
    func connection(
        within timeout: Duration, on loop: isolated EventLoop,
        completion: @escaping (Result<RedisConnectionInfo, RedisError>) -> Void
    ) {
        if isClosed { return completion(.failure(.closed)) }
        if let info { return completion(.success(info)) }
        let deadline = loop.now.advanced(by: timeout)
        readyWaiters.append(ReadyWaiter(deadline: deadline, resume: completion))
        watch(deadline, on: loop)
    }

    /// nil while there is none.
    var currentConnection: RedisConnectionInfo? { info }

    func close(on loop: isolated EventLoop) {
        if isClosed { return }
        isClosed = true
        info = nil
        loop.removeStopHandler(self)
        link.stop(on: loop)
        linkWatch.stop(on: loop)
        if let timer { loop.cancel(timer.token) }
        timer = nil
        deliver(pipeline.close())
        let waiters = readyWaiters
        readyWaiters = []
        for waiter in waiters { waiter.resume(.failure(.closed)) }
    }

    private func deliver(_ outcomes: [CommandPipeline<Completion>.Outcome]) {
        for outcome in outcomes { outcome.completion(outcome.result) }
    }

    // MARK: Deadlines

    private func watch(_ deadline: ContinuousClock.Instant, on loop: isolated EventLoop) {
        if let timer {
            if timer.deadline <= deadline { return }
            loop.cancel(timer.token)
        }
        timer = (loop.schedule(self, at: deadline), deadline)
    }
}

extension CommandSession: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        let overdue = readyWaiters.filter { $0.deadline <= loop.now }
        readyWaiters.removeAll { $0.deadline <= loop.now }
        for waiter in overdue { waiter.resume(.failure(.notConnected(link.lastFailure))) }
        let reason = info == nil ? link.lastFailure : "Redis is slow to take what is sent to it"
        let outcomes = pipeline.expire(at: loop.now, notConnected: reason)
        if let silence = silenceDeadline, silence <= loop.now {
            link.drop("no answer for \(configuration.commandTimeout)", on: loop)
        }
        deliver(outcomes)
        let deadlines = [pipeline.nextDeadline, silenceDeadline].compactMap(\.self) + readyWaiters.map(\.deadline)
        if let next = deadlines.min() { watch(next, on: loop) }
    }

    /// When the link counts as dead, not just slow: nothing at all has come since a command was written. nil while no
    /// reply is awaited.
    private var silenceDeadline: ContinuousClock.Instant? {
        guard pipeline.isAwaitingReplies else { return nil }
        return lastHeard?.advanced(by: configuration.commandTimeout)
    }
}

/// What its watch asks and does.
extension CommandSession {
    func makeLink(for owner: any RedisLinkOwner) -> RedisLink {
        RedisLink(configuration: configuration, greeting: greeting, owner: owner)
    }

    /// When the link last said something, or began to owe a reply; nil while there is none.
    var lastHeard: ContinuousClock.Instant? {
        if info == nil { return nil }
        return pipeline.isAwaitingReplies ? max(link.lastReceived, awaitingSince) : link.lastReceived
    }

    var unacknowledgedByteCount: Int { link.unacknowledgedByteCount }
    var awaitsReplies: Bool { pipeline.isAwaitingReplies }
    var isBlocking: Bool { pipeline.isBlocking }

    /// Only while nothing is in flight.
    func ping(on loop: isolated EventLoop) {
        if info == nil || pipeline.isAwaitingReplies || link.capacity == 0 { return }
        var bytes: [UInt8] = []
        awaitingSince = loop.now
        pipeline.ping(to: &bytes, at: loop.now)
        link.write(bytes, on: loop)
    }

    /// The link is dead, and `other` is not.
    func replaceLink(by other: RedisLink, _ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
        link.stop(on: loop)
        link = other
        other.owner = self
        linkLost("no answer for \(configuration.silenceTimeout), while another link was answered", on: loop)
        // One of those who were told may have closed the client.
        if isClosed { return }
        linkReady(greetingReplies, on: loop)
    }
}

extension CommandSession: StopHandler {
    func loopStops(on loop: isolated EventLoop) { close(on: loop) }
}

extension CommandSession: TickHandler {
    func tickEnds(on loop: isolated EventLoop) {
        isWriteDue = false
        guard info != nil else { return }
        let capacity = link.capacity
        if capacity == 0 { return }
        var bytes: [UInt8] = []
        if !pipeline.isAwaitingReplies { awaitingSince = loop.now }
        pipeline.write(to: &bytes, byteLimit: capacity)
        if !bytes.isEmpty { link.write(bytes, on: loop) }
    }
}

extension CommandSession: RedisLinkOwner {
    func linkReady(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
        connectionCount += 1
        let scripts = configuration.scripts
        let replies = greetingReplies.dropFirst(configuration.greeting.count)
        let info = RedisConnectionInfo(
            number: connectionCount, handshakeReplies: Array(replies.dropFirst(scripts.count)))
        self.info = info
        pipeline.connected(connectionCount, loaded: scripts)
        let waiters = readyWaiters
        readyWaiters = []
        for waiter in waiters { waiter.resume(.success(info)) }
        linkWatch.start(on: loop)
        writeAtEndOfTick(on: loop)
    }

    func link(received value: consuming RESPValue, on loop: isolated EventLoop) {
        // A replica where a master was: whoever is the master now, the name knows.
        let isReadOnly = value.isReadOnlyError
        do throws(RedisError) {
            if let outcome = try pipeline.receive(value) { outcome.completion(outcome.result) }
            if pipeline.hasWaiting { writeAtEndOfTick(on: loop) }
        } catch {
            return link.drop("\(error)", on: loop)
        }
        if isReadOnly { link.drop("Redis is read-only", isUseless: true, on: loop) }
    }

    func linkDrained(on loop: isolated EventLoop) {
        if pipeline.hasWaiting { writeAtEndOfTick(on: loop) }
    }

    func linkLost(_ reason: String, on loop: isolated EventLoop) {
        info = nil
        linkWatch.stop(on: loop)
        deliver(pipeline.linkLost(reason))
    }
}
