import Synchronization
public import Transport

/// A Redis client: any number of tasks share one connection, whose commands are pipelined by themselves.
///
/// ```swift
/// let redis = RedisClient(try RedisConfiguration(url: "redis://127.0.0.1:6379"), on: group.next())
/// try await redis.set("greeting", to: "hello")
/// for try await message in redis.subscribe(to: "news") { print(message.text) }
/// ```
///
/// The link comes back by itself (exponential backoff with jitter, at most a second apart). What was written but not
/// answered when it is lost fails with `connectionLost`; what wasn't written waits, until its timeout.
public final class RedisClient: Sendable {
    public let configuration: RedisConfiguration
    public let loop: EventLoop
    /// Tasks that prefer it run on the client's loop, where a command costs no change of threads. They must not block.
    ///
    /// ```swift
    /// try await withTaskExecutorPreference(redis.executor) { … }
    /// ```
    public var executor: any TaskExecutor { loop.taskExecutor }
    private let session: LoopBound<CommandSession>
    private let subscriptions: LoopBound<SubscriptionHub>
    private let subscriptionCount = Atomic<UInt64>(0)

    /// Starts connecting at once. Close the client when it is no longer needed.
    public init(_ configuration: RedisConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        session = LoopBound(CommandSession(configuration: configuration), loop: loop)
        subscriptions = LoopBound(SubscriptionHub(configuration: configuration), loop: loop)
        loop.submit { [session] loop in session.open(on: loop).start(on: loop) }
    }

    /// Fails what is under way with `RedisError.closed`, and ends every subscription.
    public func close() async {
        await withCheckedContinuation { continuation in
            loop.submit { [session, subscriptions] loop in
                session.open(on: loop).close(on: loop)
                subscriptions.open(on: loop).close(on: loop)
                continuation.resume()
            }
        }
    }

    // MARK: Commands

    /// Sends a command and waits for its reply.
    /// - Parameters:
    ///   - timeout: instead of the configuration's `commandTimeout`.
    ///   - connection: the only connection the command may go over; it fails with `connectionChanged` on any other.
    /// - Throws: `RedisError`; an error reply is thrown as `RedisError.reply`. A cancelled task still waits: what was
    ///   sent can't be taken back.
    public func send(
        _ command: RedisCommand, timeout: Duration? = nil, on connection: RedisConnectionInfo? = nil
    ) async throws(RedisError) -> RESPValue {
        try await submit(.single(command), timeout: timeout, connection: connection?.number)
    }

    /// Sends a command from the client's own loop, without a task that waits: at the end of this tick, with all others.
    /// - Parameters:
    ///   - timeout: instead of the configuration's `commandTimeout`.
    ///   - connection: the only connection the command may go over; it fails with `connectionChanged` on any other.
    ///   - loop: the client's.
    ///   - completion: called once, on the loop, perhaps before this returns; an error reply is `RedisError.reply`.
    public func send(
        _ command: RedisCommand, timeout: Duration? = nil, on connection: RedisConnectionInfo? = nil,
        loop: isolated EventLoop, completion: @escaping (Result<RESPValue, RedisError>) -> Void
    ) {
        session.open(on: loop).submit(
            .single(command), timeout: timeout, connection: connection?.number, on: loop, completion: completion)
    }

    /// The connection that commands go over now; nil while there is none.
    public func currentConnection(on loop: isolated EventLoop) -> RedisConnectionInfo? {
        session.open(on: loop).currentConnection
    }

    /// Sends the commands between MULTI and EXEC: all are carried out, with nobody else's in between, or none is.
    /// - Returns: the commands' replies; an error reply of a single command is among them.
    /// - Throws: `RedisError`; `transactionAborted` when a watched key has changed.
    public func transaction(
        _ commands: [RedisCommand], timeout: Duration? = nil, on connection: RedisConnectionInfo? = nil
    ) async throws(RedisError) -> [RESPValue] {
        let framed = RedisBatch([RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
        let reply = try await submit(.transaction(framed), timeout: timeout, connection: connection?.number)
        if reply.isNull { throw .transactionAborted }
        return try reply.asArray()
    }

    /// Sends the commands together and waits for all their replies: one wait for many commands.
    ///
    /// Unlike a transaction it may be carried out in part, and others' commands in between. The commands are written in
    /// their order. A script among them is loaded right before it runs, with its whole source.
    /// - Returns: the commands' replies; an error reply of a single command is among them.
    /// - Throws: `RedisError` when a reply is missing, whatever has been carried out by then; `queueFull`, with nothing
    ///   sent, for more commands than there is room for beside those under way.
    public func pipeline(
        _ batch: RedisBatch, timeout: Duration? = nil, on connection: RedisConnectionInfo? = nil
    ) async throws(RedisError) -> [RESPValue] {
        if batch.count == 0 { return [] }
        return try await submit(.pipeline(batch), timeout: timeout, connection: connection?.number).asArray()
    }

    /// The same for commands that are there already.
    public func pipeline(
        _ commands: [RedisCommand], timeout: Duration? = nil, on connection: RedisConnectionInfo? = nil
    ) async throws(RedisError) -> [RESPValue] {
        try await pipeline(RedisBatch(commands), timeout: timeout, on: connection)
    }

    private func submit(
        _ request: CommandRequest, timeout: Duration?, connection: UInt64?
    ) async throws(RedisError) -> RESPValue {
        let result = await withCheckedContinuation { continuation in
            let queue = { @Sendable [session] (loop: isolated EventLoop) in
                session.open(on: loop).submit(request, timeout: timeout, connection: connection, on: loop) { result in
                    continuation.resume(returning: result)
                }
            }
            // A caller on the loop's thread waits for no turn.
            if loop.isCurrent { loop.assumeIsolated { queue($0) } } else { loop.submit(queue) }
        }
        return try result.get()
    }

    /// The present connection, or the next one within `timeout`.
    /// - Throws: `RedisError.notConnected` with the reason when there is none by then.
    public func connection(within timeout: Duration) async throws(RedisError) -> RedisConnectionInfo {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<_, Never>) in
            loop.submit { [session] loop in
                session.open(on: loop).connection(within: timeout, on: loop) {
                    (result: Result<RedisConnectionInfo, RedisError>) in
                    continuation.resume(returning: result)
                }
            }
        }
        return try result.get()
    }

    // MARK: Subscriptions

    /// The messages of `channels` from now on, over a second connection that all subscriptions share.
    ///
    /// At most `subscriptionBuffer` messages wait for the reader. When the link is lost every channel is subscribed to
    /// again; the first message after it says so, for what was published in between is lost.
    public func subscribe(to channels: String...) -> RedisSubscription { subscribe(to: channels) }

    public func subscribe(to channels: [String]) -> RedisSubscription {
        let (stream, continuation) = makeStream()
        add(continuation, for: channels, confirmed: {})
        return RedisSubscription(stream: stream)
    }

    /// Like `subscribe(to:)`, and returns once Redis has confirmed the channels (or the client was closed).
    public func confirmedSubscription(to channels: String...) async -> RedisSubscription {
        await confirmedSubscription(to: channels)
    }

    public func confirmedSubscription(to channels: [String]) async -> RedisSubscription {
        let (stream, continuation) = makeStream()
        await withCheckedContinuation { confirmation in
            add(continuation, for: channels) { confirmation.resume() }
        }
        return RedisSubscription(stream: stream)
    }

    private func makeStream() -> (
        AsyncThrowingStream<RedisMessage, any Error>, AsyncThrowingStream<RedisMessage, any Error>.Continuation
    ) {
        AsyncThrowingStream.makeStream(bufferingPolicy: .bufferingOldest(configuration.subscriptionBuffer))
    }

    private func add(
        _ continuation: AsyncThrowingStream<RedisMessage, any Error>.Continuation, for channels: [String],
        confirmed: @escaping @Sendable () -> Void
    ) {
        let id = subscriptionCount.wrappingAdd(1, ordering: .relaxed).newValue
        continuation.onTermination = { [loop, subscriptions] _ in
            loop.submit { loop in subscriptions.open(on: loop).remove(id, on: loop) }
        }
        loop.submit { [subscriptions] loop in
            subscriptions.open(on: loop).add(
                id, channels: Set(channels), continuation: continuation, confirmed: confirmed, on: loop)
        }
    }
}
