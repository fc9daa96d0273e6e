import Foundation
import WebSocket

/// All connections of the load, on one loop; the first of them publish, unless that is done from elsewhere.
final class Swarm {
    /// A delivery that took longer was held up by something: its moment is kept.
    private static let lateness = 500_000_000

    private let options: LoadOptions
    private var subscribers: [Subscriber] = []
    private var publishers: [Subscriber] = []
    private var redis: RedisPublisher?
    private var opening = 0
    private var openCount = 0
    private var wanted = 0
    private var sent: [Int]
    /// Whose turn it is, where the publishers take turns.
    private var turn = 0
    @exclusivity(unchecked) private var isPublishing = false
    private var ended: CheckedContinuation<Void, Never>?
    private var nextSend = ContinuousClock.now
    let start = Swarm.nanoseconds

    /// Counted only while it measures.
    @exclusivity(unchecked) var isMeasuring = false
    @exclusivity(unchecked) private(set) var deliveries = 0
    /// Messages that came back to who had sent them.
    @exclusivity(unchecked) private(set) var messages = 0
    @exclusivity(unchecked) private(set) var latencies: [Int] = []
    /// When the last delivery came that was late, on the system's monotonic clock; 0: none was.
    @exclusivity(unchecked) private(set) var lastLate = 0
    var lost = 0
    var reordered = 0
    private(set) var failure: String?

    init(_ options: LoadOptions) {
        self.options = options
        sent = [Int](repeating: 0, count: options.publishers)
    }

    static var nanoseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    // MARK: Connecting

    /// Connects until there are `count`: some at a time, so that no server's backlog runs over.
    func connect(until count: Int, on loop: isolated EventLoop) async {
        wanted = min(count, options.subscribers)
        if openCount >= wanted || failure != nil { return }
        await withCheckedContinuation { continuation in
            ended = continuation
            for _ in 0..<128 { connectNext(on: loop) }
        }
    }

    private func connectNext(on loop: isolated EventLoop) {
        guard opening < wanted else { return }
        let port = options.ports[opening % options.ports.count]
        subscribers.append(connect(opening, to: port, on: loop))
        opening += 1
    }

    private func connect(_ index: Int, to port: UInt16, on loop: isolated EventLoop) -> Subscriber {
        let subscriber = Subscriber(self, index: index, publishers: options.publishers, dialect: options.dialect)
        let path = options.path.replacing("ROOM", with: "room-\(max(0, index) % options.rooms)")
        do {
            try subscriber.connect(to: .loopback(port: port), path: path, on: loop)
        } catch {
            fail("\(error)")
        }
        return subscriber
    }

    /// Those who publish, where they aren't among the subscribers.
    func connectPublishers(on loop: isolated EventLoop) async throws {
        if options.redisPort > 0 { redis = try RedisPublisher(port: options.redisPort, on: loop) }
        guard options.publisherPort > 0 else {
            publishers = subscribers
            return
        }
        wanted = openCount + options.publishers
        await withCheckedContinuation { continuation in
            ended = continuation
            for _ in 0..<options.publishers {
                publishers.append(connect(-1, to: options.publisherPort, on: loop))
            }
        }
    }

    func opened(on loop: isolated EventLoop) {
        openCount += 1
        if openCount == wanted { goOn() } else { connectNext(on: loop) }
    }

    func fail(_ words: String) {
        if failure == nil { failure = words }
        goOn()
    }

    private func goOn() {
        ended?.resume()
        ended = nil
    }

    // MARK: Publishing

    func startPublishing(on loop: isolated EventLoop) {
        isPublishing = true
        if options.rate > 0 {
            nextSend = .now
            timerFired(on: loop)
            return
        }
        for _ in 0..<options.inFlight { publishInTurn(on: loop) }
        if options.inFlight > 0 { return }
        for publisher in 0..<options.publishers { for _ in 0..<options.window { publish(publisher, on: loop) } }
    }

    private func publishInTurn(on loop: isolated EventLoop) {
        publish(turn, on: loop)
        turn = (turn + 1) % options.publishers
    }

    func stopPublishing() { isPublishing = false }

    private func publish(_ publisher: Int, on loop: isolated EventLoop) {
        let number = sent[publisher]
        let text = LoadMessage.text(
            publisher: publisher, number: number, nanoseconds: Self.nanoseconds, size: options.size)
        sent[publisher] += 1
        if let redis { return redis.publish(text, on: loop) }
        let frame = options.dialect.frame(text, number: number)
        publishers[publisher].connection?.send(SharedBytes(frame), on: loop)
    }

    func delivered(_ message: LoadMessage, to subscriber: Subscriber, on loop: isolated EventLoop) {
        if isMeasuring, subscriber.index >= 0 {
            deliveries += 1
            // One in sixteen connections: the clock costs more than all the rest.
            if subscriber.index % 16 == 0 { note(message) }
            if subscriber.index == message.publisher { messages += 1 }
        }
        // The publisher waits for its own message, behind which all other recipients' are on their way.
        if isPublishing, options.rate == 0, subscriber.index == message.publisher {
            if options.inFlight > 0 { publishInTurn(on: loop) } else { publish(message.publisher, on: loop) }
        }
    }

    private func note(_ message: LoadMessage) {
        let now = Self.nanoseconds
        latencies.append(now - message.nanoseconds)
        if now - message.nanoseconds > Self.lateness { lastLate = now }
    }
}

extension Swarm: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        guard isPublishing else { return }
        let interval = Duration.seconds(1) / options.rate
        while nextSend <= .now {
            let publisher = sent.indices.min { sent[$0] < sent[$1] } ?? 0
            publish(publisher, on: loop)
            nextSend += interval
        }
        _ = loop.schedule(self, at: nextSend)
    }
}
