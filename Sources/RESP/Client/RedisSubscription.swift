import Transport

/// A message published to a channel.
public struct RedisMessage: Hashable, Sendable {
    public let channel: String
    public let payload: [UInt8]
    /// The link was lost since the message before: others may have been published in between, and are lost.
    public let followsInterruption: Bool

    /// The payload as text; what is not UTF-8 is replaced.
    public var text: String { String(decoding: payload, as: UTF8.self) }
}

/// The messages of some channels, in order: `for try await message in redis.subscribe(to: "news")`.
///
/// Ends when the client is closed. Throws `RedisError.subscriptionOverflow` when the reader falls too far behind.
public struct RedisSubscription: AsyncSequence, Sendable {
    public typealias Element = RedisMessage
    public typealias Failure = any Error

    let stream: AsyncThrowingStream<RedisMessage, any Error>

    public func makeAsyncIterator() -> AsyncThrowingStream<RedisMessage, any Error>.Iterator {
        stream.makeAsyncIterator()
    }
}

/// All subscriptions of a client, on one subscriber.
final class SubscriptionHub: RedisSubscriberHandler {
    private struct Reader {
        let continuation: AsyncThrowingStream<RedisMessage, any Error>.Continuation
        var unconfirmed: Set<String>
        var confirmed: (() -> Void)?
        var isInterrupted = false
    }

    private let configuration: RedisConfiguration
    private var subscriber: RedisSubscriber?
    private var readers: [UInt64: Reader] = [:]
    private var channels = ChannelReaders()
    private var isClosed = false

    init(configuration: RedisConfiguration) { self.configuration = configuration }

    /// - Parameter confirmed: called once Redis has confirmed every channel.
    func add(
        _ id: UInt64, channels: Set<String>,
        continuation: AsyncThrowingStream<RedisMessage, any Error>.Continuation,
        confirmed: @escaping () -> Void, on loop: isolated EventLoop
    ) {
        if isClosed || loop.isStopped {
            confirmed()
            return continuation.finish()
        }
        let subscriber = subscriber ?? makeSubscriber(on: loop)
        let unconfirmed = channels.filter { !subscriber.isConfirmed($0) }
        readers[id] = Reader(continuation: continuation, unconfirmed: unconfirmed, confirmed: confirmed)
        self.channels.add(id, channels: channels)
        for channel in unconfirmed { subscriber.subscribe(to: channel, on: loop) }
        if unconfirmed.isEmpty { confirm(id) }
    }

    private func makeSubscriber(on loop: isolated EventLoop) -> RedisSubscriber {
        let made = RedisSubscriber(configuration: configuration, handler: self)
        subscriber = made
        loop.addStopHandler(self)
        made.start(on: loop)
        return made
    }

    private func confirm(_ id: UInt64) {
        let confirmed = readers[id]?.confirmed
        readers[id]?.confirmed = nil
        confirmed?()
    }

    func remove(_ id: UInt64, on loop: isolated EventLoop) {
        guard let reader = readers.removeValue(forKey: id) else { return }
        reader.confirmed?()
        for channel in channels.remove(id) { subscriber?.unsubscribe(from: channel, on: loop) }
    }

    func close(on loop: isolated EventLoop) {
        isClosed = true
        loop.removeStopHandler(self)
        subscriber?.close(on: loop)
        subscriber = nil
        let all = readers.values
        readers = [:]
        channels = ChannelReaders()
        for reader in all {
            reader.confirmed?()
            reader.continuation.finish()
        }
    }

    // MARK: What the subscriber tells

    func subscriberConnected(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {}

    func subscribed(to channel: String, on loop: isolated EventLoop) {
        for id in channels.readers(of: channel) {
            readers[id]?.unconfirmed.remove(channel)
            if readers[id]?.unconfirmed.isEmpty == true { confirm(id) }
        }
    }

    func received(_ payload: ArraySlice<UInt8>, from channel: String, on loop: isolated EventLoop) {
        let bytes = Array(payload)
        for id in channels.readers(of: channel) {
            guard let reader = readers[id] else { continue }
            let message = RedisMessage(channel: channel, payload: bytes, followsInterruption: reader.isInterrupted)
            readers[id]?.isInterrupted = false
            if case .dropped = reader.continuation.yield(message) {
                reader.continuation.finish(
                    throwing: RedisError.subscriptionOverflow(limit: configuration.subscriptionBuffer))
                remove(id, on: loop)
            }
        }
    }

    func subscriberDisconnected(_ reason: String, on loop: isolated EventLoop) {
        for id in readers.keys { readers[id]?.isInterrupted = true }
    }
}

extension SubscriptionHub: StopHandler {
    func loopStops(on loop: isolated EventLoop) { close(on: loop) }
}
