import RESP
import Synchronization
import Transport

/// The store's listening connection: channels in, rooms out.
package final class RedisRoomListener: Sendable {
    /// What lives on the loop.
    private final class Ear: RedisSubscriberHandler {
        let database: Int
        let isConnected: ConnectionFlag
        /// What this server's trials of Redis are published on.
        let healthChannel: String
        let health: RedisHealthCheck
        var feed: (any RoomFeed)?
        var subscriber: RedisSubscriber?
        var eviction = EvictionPolicy()
        var junk = OccasionalWarning("payloads on channels that are no room's")

        init(database: Int, isConnected: ConnectionFlag, healthChannel: String, health: RedisHealthCheck) {
            self.database = database
            self.isConnected = isConnected
            self.healthChannel = healthChannel
            self.health = health
        }

        func subscriberConnected(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
            isConnected.set(true)
            Log.info("listening to Redis")
            if let warning = greetingReplies.first?.string.flatMap({ eviction.observe($0) }) { Log.warning(warning) }
        }

        func subscribed(to channel: String, on loop: isolated EventLoop) {
            if let room = RoomKeys.room(ofChannel: channel, database: database) { feed?.confirmed(room, on: loop) }
        }

        func received(_ payload: ArraySlice<UInt8>, from channel: String, on loop: isolated EventLoop) {
            guard let room = RoomKeys.room(ofChannel: channel, database: database) else {
                if channel == healthChannel { return health.arrived() }
                return junk.count(at: loop.now)
            }
            feed?.received(payload, in: room, on: loop)
        }

        func subscriberDisconnected(_ reason: String, on loop: isolated EventLoop) {
            isConnected.set(false)
            health.disconnected()
            Log.warning("the subscription to Redis is lost: \(reason)")
            feed?.disconnected(on: loop)
        }
    }

    package final class ConnectionFlag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set(_ newValue: Bool) { value.store(newValue, ordering: .relaxed) }
    }

    private let flag = ConnectionFlag()
    private let ear: LoopBound<Ear>
    private let configuration: RedisConfiguration

    init(
        _ configuration: RedisConfiguration, payloadLimit: Int, healthChannel: String, health: RedisHealthCheck,
        on loop: EventLoop
    ) {
        var configuration = configuration
        // Anybody may publish anything. What is larger than any payload of ours is taken in and dropped: to cut the link
        // for it would cost every room its order. Redis itself cuts a subscriber that 32 MiB wait for.
        configuration.limits.bulkLength = max(payloadLimit, 32 * 1024 * 1024)
        self.configuration = configuration
        ear = LoopBound(
            Ear(
                database: configuration.database, isConnected: flag, healthChannel: healthChannel, health: health),
            loop: loop)
    }

    var isConnected: Bool { flag.isSet }

    func start(_ feed: LoopBound<any RoomFeed>) async {
        await withCheckedContinuation { continuation in
            ear.loop.submit { [ear, configuration] loop in
                let ear = ear.open(on: loop)
                ear.feed = feed.open(on: loop)
                let subscriber = RedisSubscriber(configuration: configuration, handler: ear)
                ear.subscriber = subscriber
                subscriber.start(on: loop)
                subscriber.subscribe(to: ear.healthChannel, on: loop)
                continuation.resume()
            }
        }
    }

    func stop() async {
        await withCheckedContinuation { continuation in
            ear.loop.submit { [ear] loop in
                let ear = ear.open(on: loop)
                ear.subscriber?.close(on: loop)
                ear.subscriber = nil
                ear.feed = nil
                continuation.resume()
            }
        }
    }

    func open(_ room: RoomName, channel: String) {
        ear.loop.submit { [ear] loop in
            let ear = ear.open(on: loop)
            guard let subscriber = ear.subscriber else { return }
            // Opened again before it was closed: Redis won't confirm what it has confirmed.
            if subscriber.isConfirmed(channel) { ear.feed?.confirmed(room, on: loop) }
            subscriber.subscribe(to: channel, on: loop)
        }
    }

    func close(_ room: RoomName, channel: String) {
        ear.loop.submit { [ear] loop in ear.open(on: loop).subscriber?.unsubscribe(from: channel, on: loop) }
    }
}
