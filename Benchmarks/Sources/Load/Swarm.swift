import Foundation
import Transport
import WebSocket

/// All connections of the load, on one loop; the first of them publish.
final class Swarm {
    private let options: LoadOptions
    private var subscribers: [Subscriber] = []
    private var opening = 0
    private var openCount = 0
    private var wanted = 0
    private var sent: [Int]
    private var isPublishing = false
    private var ended: CheckedContinuation<Void, Never>?
    private var nextSend = ContinuousClock.now

    /// Counted only while it measures.
    var isMeasuring = false
    private(set) var deliveries = 0
    private(set) var latencies: [Int] = []
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
        if openCount >= wanted { return }
        await withCheckedContinuation { continuation in
            ended = continuation
            for _ in 0..<128 { connectNext(on: loop) }
        }
    }

    private func connectNext(on loop: isolated EventLoop) {
        guard opening < wanted else { return }
        let subscriber = Subscriber(self, index: opening, publishers: options.publishers)
        opening += 1
        subscribers.append(subscriber)
        do {
            try subscriber.connect(to: .loopback(port: options.port), path: options.path, on: loop)
        } catch {
            fail("\(error)")
        }
    }

    func opened(on loop: isolated EventLoop) {
        openCount += 1
        connectNext(on: loop)
        if openCount == wanted { goOn() }
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
        for publisher in 0..<options.publishers { for _ in 0..<options.window { publish(publisher, on: loop) } }
    }

    func stopPublishing() { isPublishing = false }

    private func publish(_ publisher: Int, on loop: isolated EventLoop) {
        let frame = LoadMessage.frame(
            publisher: publisher, number: sent[publisher], nanoseconds: Self.nanoseconds, size: options.size)
        sent[publisher] += 1
        subscribers[publisher].connection?.send(SharedBytes(frame), on: loop)
    }

    func delivered(_ message: LoadMessage, to subscriber: Subscriber, on loop: isolated EventLoop) {
        if isMeasuring {
            deliveries += 1
            // One in sixteen connections: the clock costs more than all the rest.
            if subscriber.index % 16 == 0 { latencies.append(Self.nanoseconds - message.nanoseconds) }
        }
        // The publisher waits for its own message, behind which all other recipients' are on their way.
        if isPublishing, options.rate == 0, subscriber.index == message.publisher {
            publish(message.publisher, on: loop)
        }
    }
}

extension Swarm: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        guard isPublishing else { return }
        let interval = Duration.seconds(1) / options.rate
        while nextSend <= .now {
            publish(sent[0] % max(1, options.publishers), on: loop)
            nextSend += interval
        }
        _ = loop.schedule(self, at: nextSend)
    }
}
