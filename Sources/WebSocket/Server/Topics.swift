public import Transport

/// Who listens to what, on one loop.
///
/// What is published in one tick of the loop goes to each listener as one piece of bytes, made once, at the tick's end:
/// a listener costs one reference a tick, however much is said. Its own messages keep their place among what is published.
public final class Topics {
    /// So many bytes of a topic wait for the end of the tick; more go out before.
    private let longestWait: Int
    private var topics: [String: Topic] = [:]
    /// Those with something to say at the end of this tick.
    private var due: [Topic] = []

    init(longestWait: Int) { self.longestWait = longestWait }

    /// How many topics have listeners.
    public var topicCount: Int { topics.count }

    public func count(of name: String) -> Int { topics[name]?.listeners.count ?? 0 }

    public func subscribe(_ session: WebSocketSession, to name: String, on loop: isolated EventLoop) {
        // One that is closing has left its topics for good.
        guard session.isOpen else { return }
        let topic = topics[name] ?? Topic()
        if topic.hears(session) { return }
        // What was said before isn't for it.
        topic.deliver(on: loop)
        topic.add(session)
        topics[name] = topic
        session.topics.append(name)
        if session.topics.count > 1 { for name in session.topics { topics[name]?.isShared = true } }
    }

    public func unsubscribe(_ session: WebSocketSession, from name: String, on loop: isolated EventLoop) {
        guard let topic = topics[name], topic.hears(session) else { return }
        topic.deliver(on: loop)
        // It may have left meanwhile: what it was given was too much.
        guard topic.remove(session) else { return }
        session.topics.removeAll { $0 == name }
        if topic.listeners.isEmpty { topics[name] = nil }
    }

    func remove(_ session: WebSocketSession, on loop: isolated EventLoop) {
        while let name = session.topics.last { unsubscribe(session, from: name, on: loop) }
    }

    /// Queues the frame for everybody who listens now.
    public func publish(_ frame: SharedFrame, to name: String, on loop: isolated EventLoop) {
        guard let topic = topics[name] else { return }
        if !topic.isDue {
            topic.isDue = true
            if due.isEmpty { loop.atEndOfTick(self) }
            due.append(topic)
        }
        topic.append(frame)
        if topic.waitingByteCount > longestWait { topic.deliver(on: loop) }
    }

    /// Delivers what was published before something else is sent to this session.
    func deliver(before session: WebSocketSession, on loop: isolated EventLoop) {
        if due.isEmpty { return }
        for name in session.topics {
            if let topic = topics[name], topic.isDue { topic.deliver(on: loop) }
        }
    }
}

extension Topics: TickHandler {
    public func tickEnds(on loop: isolated EventLoop) {
        let topics = due
        due = []
        for topic in topics {
            topic.isDue = false
            topic.deliver(atOnceUpTo: topics.count == 1 || !topic.isShared ? longestWait : 0, on: loop)
        }
    }
}
