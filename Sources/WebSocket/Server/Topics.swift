public import Transport

/// Who listens to what, on one loop.
///
/// What is published in one tick of the loop goes to each listener as one piece of bytes, made once, at the tick's end:
/// a listener costs one reference a tick, however much is said. Its own messages keep their place among what is published.
/// Where many listen and much is said, a topic rests between two deliveries: see `DeliveryRest`.
public final class Topics {
    /// What fewer listen to needs no rest; nobody looks at the clock for it.
    private static let audience = 100

    /// So many bytes of a topic wait for the end of the tick; more go out before.
    private let longestWait: Int
    private let longestRest: Duration
    private(set) var topics: [String: Topic] = [:]
    /// Those with something to say at the end of this tick, or of their rest.
    private var due: [Topic] = []
    private var isAwaitingEndOfTick = false
    /// For the first end of a rest among those that are due.
    private var timer: (token: TimerToken, end: ContinuousClock.Instant)?

    init(longestWait: Int, longestRest: Duration) {
        self.longestWait = longestWait
        self.longestRest = longestRest
    }

    /// How many topics have listeners.
    public var topicCount: Int { topics.count }

    public func count(of name: String) -> Int { topics[name]?.listeners.count ?? 0 }

    /// In no order.
    public func listeners(of name: String) -> [WebSocketSession] { topics[name]?.listeners ?? [] }

    /// What was published before isn't for it.
    public func subscribe(_ session: WebSocketSession, to name: String, on loop: isolated EventLoop) {
        // One that is closing has left its topics for good.
        guard session.isOpen else { return }
        let topic = topics[name] ?? Topic(name)
        if topic.hears(session) { return }
        topic.add(session)
        topics[name] = topic
        if session.listening.isSeveral { session.listening.visit { $0.isShared = true } }
    }

    /// What was published before is still for it.
    public func unsubscribe(_ session: WebSocketSession, from name: String, on loop: isolated EventLoop) {
        if let topic = topics[name] { unsubscribe(session, from: topic, on: loop) }
    }

    private func unsubscribe(_ session: WebSocketSession, from topic: Topic, on loop: isolated EventLoop) {
        guard topic.hears(session) else { return }
        topic.deliver(to: session, on: loop)
        // It may have left meanwhile: what it was given was too much.
        guard topic.remove(session) else { return }
        if topic.listeners.isEmpty, topics[topic.name] === topic { topics[topic.name] = nil }
    }

    func remove(_ session: WebSocketSession, on loop: isolated EventLoop) {
        while let topic = session.listening.first { unsubscribe(session, from: topic, on: loop) }
    }

    /// Queues the frame for everybody who listens now.
    public func publish(_ frame: SharedFrame, to name: String, on loop: isolated EventLoop) {
        guard let topic = topics[name] else { return }
        if topic.append(frame, on: loop) > longestWait, !topic.isDelivering { topic.deliver(on: loop) }
        if !topic.isDue {
            topic.isDue = true
            due.append(topic)
        }
        awaitEndOfTick(on: loop)
    }

    private func awaitEndOfTick(on loop: isolated EventLoop) {
        if isAwaitingEndOfTick { return }
        isAwaitingEndOfTick = true
        loop.atEndOfTick(self)
    }

    /// Delivers what was published to this session before something else is sent to it.
    func deliver(before session: WebSocketSession, on loop: isolated EventLoop) {
        if due.isEmpty { return }
        session.listening.visit { $0.deliver(to: session, on: loop) }
    }
}

extension Topics: TickHandler {
    public func tickEnds(on loop: isolated EventLoop) {
        isAwaitingEndOfTick = false
        // They stay due until all have been served: whoever is spoken to meanwhile gets what they have first.
        let topics = due
        for topic in topics {
            if loop.isStopping {
                topic.deliver(on: loop)
                topic.isDue = false
                continue
            }
            if !topic.isInRound, let end = topic.pace?.rest.end, ContinuousClock.now < end {
                due.append(topic)
                continue
            }
            deliver(topic, atOnceUpTo: topics.count == 1 || !topic.isShared ? longestWait : 0, on: loop)
            topic.isDue = topic.hasWaiting
            if topic.isDue { due.append(topic) }
        }
        due.removeFirst(topics.count)
        // The next sections have their turn after what has come for the loop meanwhile.
        if due.contains(where: { $0.isInRound || $0.pace?.rest.end == nil }), !isAwaitingEndOfTick {
            isAwaitingEndOfTick = true
            loop.atEndOfNextTick(self)
        }
        if let end = due.lazy.filter({ !$0.isInRound }).compactMap(\.pace?.rest.end).min() { wake(at: end, on: loop) }
    }

    private func wake(at end: ContinuousClock.Instant, on loop: isolated EventLoop) {
        if let timer {
            if timer.end <= end { return }
            loop.cancel(timer.token)
        }
        timer = (loop.schedule(self, at: end), end)
    }
}

extension Topics {
    /// Serves the topic's next section.
    private func deliver(_ topic: Topic, atOnceUpTo limit: Int, on loop: isolated EventLoop) {
        if topic.listeners.count < Self.audience {
            _ = topic.deliverNextSection(atOnceUpTo: limit, on: loop)
            return
        }
        let start = ContinuousClock.now
        let isOver = topic.deliverNextSection(atOnceUpTo: limit, on: loop)
        let now = ContinuousClock.now
        let pace = topic.pace ?? Topic.Pace()
        topic.pace = pace
        pace.timeSpent += start.duration(to: now)
        guard isOver else { return }
        pace.rest.delivered(from: now - pace.timeSpent, to: now, longest: longestRest)
        pace.timeSpent = .zero
    }
}

extension Topics: TimerHandler {
    /// A rest is over.
    public func timerFired(on loop: isolated EventLoop) {
        timer = nil
        awaitEndOfTick(on: loop)
    }
}
