import RESP
import WebSocket

/// Passes on what is published on the Redis channel `bench`, without leaving the loop.
final class RedisRelay: RedisSubscriberHandler, Sendable {
    private let server: WebSocketServer

    init(_ server: WebSocketServer) { self.server = server }

    /// Lives on the loop from now on.
    func start(redisPort: Int, on loop: isolated EventLoop) throws {
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(redisPort)")
        let subscriber = RedisSubscriber(configuration: configuration, handler: self)
        _ = loop.schedule(Keeper(relay: self, subscriber: subscriber), after: .seconds(1 << 30))
        subscriber.subscribe(to: "bench", on: loop)
        subscriber.start(on: loop)
    }

    /// Keeps both alive, for a subscriber holds its handler weakly.
    private final class Keeper: TimerHandler {
        let relay: RedisRelay
        let subscriber: RedisSubscriber

        init(relay: RedisRelay, subscriber: RedisSubscriber) { (self.relay, self.subscriber) = (relay, subscriber) }

        func timerFired(on loop: isolated EventLoop) {}
    }

    func received(_ payload: ArraySlice<UInt8>, from channel: String, on loop: isolated EventLoop) {
        let frame = SharedFrame.text(payload)
        server.perform(onLoop: loop.index, from: loop) { $0.topics.publish(frame, to: "all", on: $1) }
    }

    func subscribed(to channel: String, on loop: isolated EventLoop) {}
    func subscriberConnected(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {}
    func subscriberDisconnected(_ reason: String, on loop: isolated EventLoop) {}
}
