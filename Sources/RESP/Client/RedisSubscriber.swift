public import Transport

/// Subscriptions on a connection of their own, which comes back by itself with every channel on it.
///
/// Lives on a loop and tells its handler everything there, in order. For `for await` see `RedisClient.subscribe`.
/// While the link is down messages are lost: PUB/SUB keeps none.
public final class RedisSubscriber {
    private let configuration: RedisConfiguration
    private weak var handler: (any RedisSubscriberHandler)?
    private var state = SubscriptionState()
    private lazy var link = RedisLink(
        configuration: configuration, greeting: configuration.greeting + configuration.handshake, owner: self)
    private var outgoing: [UInt8] = []
    private var isWriteDue = false
    private var heartbeat: TimerToken?
    private var isUp = false

    /// - Parameter handler: held weakly.
    public init(configuration: RedisConfiguration, handler: any RedisSubscriberHandler) {
        self.configuration = configuration
        self.handler = handler
    }

    /// Why there is no link, while there is none.
    public var lastFailure: String { link.lastFailure }

    public func start(on loop: isolated EventLoop) { link.start(on: loop) }

    public func close(on loop: isolated EventLoop) {
        link.stop(on: loop)
        stopHeartbeat(on: loop)
        isUp = false
        state.linkDown()
    }

    /// Whether Redis has confirmed the channel's last SUBSCRIBE, on the present link.
    public func isConfirmed(_ channel: String) -> Bool { state.isConfirmed(channel) }

    /// The handler hears `subscribed` when Redis has confirmed it, and again after every reconnect.
    public func subscribe(to channel: String, on loop: isolated EventLoop) {
        if let command = state.subscribe(channel) { send(command, on: loop) }
    }

    public func unsubscribe(from channel: String, on loop: isolated EventLoop) {
        if let command = state.unsubscribe(channel) { send(command, on: loop) }
    }

    private func send(_ command: RedisCommand, on loop: isolated EventLoop) {
        command.encode(to: &outgoing)
        if isWriteDue { return }
        isWriteDue = true
        loop.atEndOfTick(self)
    }

    private func stopHeartbeat(on loop: isolated EventLoop) {
        if let heartbeat { loop.cancel(heartbeat) }
        heartbeat = nil
    }
}

/// What a subscriber tells its owner, on its loop.
public protocol RedisSubscriberHandler: AnyObject {
    /// The link is up; every channel wanted has been asked for, none is confirmed yet.
    func subscriberConnected(_ greetingReplies: [RESPValue], on loop: isolated EventLoop)
    func subscribed(to channel: String, on loop: isolated EventLoop)
    /// `payload` is a view into the receive buffer: whoever keeps it copies it.
    func received(_ payload: ArraySlice<UInt8>, from channel: String, on loop: isolated EventLoop)
    func subscriberDisconnected(_ reason: String, on loop: isolated EventLoop)
}

extension RedisSubscriber: TickHandler {
    public func tickEnds(on loop: isolated EventLoop) {
        isWriteDue = false
        if isUp, !outgoing.isEmpty { link.write(outgoing, on: loop) }
        outgoing.removeAll()
    }
}

extension RedisSubscriber: TimerHandler {
    public func timerFired(on loop: isolated EventLoop) {
        heartbeat = nil
        if link.lastReceived.advanced(by: configuration.heartbeatTimeout) <= loop.now {
            return link.drop("no answer for \(configuration.heartbeatTimeout)", on: loop)
        }
        send(RedisCommand("PING"), on: loop)
        heartbeat = loop.schedule(self, after: configuration.heartbeatInterval)
    }
}

extension RedisSubscriber: RedisLinkOwner {
    func linkReady(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
        isUp = true
        outgoing.removeAll()
        for command in state.linkUp() { send(command, on: loop) }
        heartbeat = loop.schedule(self, after: configuration.heartbeatInterval)
        let replies = Array(greetingReplies.dropFirst(configuration.greeting.count))
        handler?.subscriberConnected(replies, on: loop)
    }

    func link(received value: consuming RESPValue, on loop: isolated EventLoop) {
        // Before the first SUBSCRIBE a PING is answered as on any connection.
        if case .simpleString = value { return }
        do throws(RedisError) {
            switch try state.receive(value) {
            case .confirmed(let channel): handler?.subscribed(to: channel, on: loop)
            case .message(let channel, let payload): handler?.received(payload, from: channel, on: loop)
            case .pong, .nothing: break
            }
        } catch {
            link.drop("\(error)", on: loop)
        }
    }

    func linkDrained(on loop: isolated EventLoop) {}

    func linkLost(_ reason: String, on loop: isolated EventLoop) {
        isUp = false
        stopHeartbeat(on: loop)
        state.linkDown()
        handler?.subscriberDisconnected(reason, on: loop)
    }
}
