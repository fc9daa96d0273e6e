import Transport

/// Looks after a session's link with one timer, however many commands there are.
///
/// Between two computers stands much that forgets an idle link without a word: what is written to it vanishes, and no
/// error ever comes. So an idle link is pinged, and one that owes replies and says nothing is compared with another:
/// a Redis that is busy answers neither, but where the new link is answered and the old one still isn't, the old one
/// is dead.
final class LinkWatch {
    /// A new link that is answered waits so long for the old one to speak: both may have been slow together.
    private static let grace: Duration = .milliseconds(100)

    private weak var session: CommandSession?
    private let configuration: RedisConfiguration
    private var timer: TimerToken?
    private var spare: (link: RedisLink, began: ContinuousClock.Instant)?
    private var answer: (replies: [RESPValue], at: ContinuousClock.Instant)?

    /// How many bytes were under way at the last look, and when they last became fewer.
    private var lastUnderWay = 0
    private var lastProgress: ContinuousClock.Instant = .now

    init(_ session: CommandSession, configuration: RedisConfiguration) {
        self.session = session
        self.configuration = configuration
    }

    func start(on loop: isolated EventLoop) {
        stop(on: loop)
        (lastUnderWay, lastProgress) = (0, loop.now)
        timer = loop.schedule(self, after: period)
    }

    func stop(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
        dropSpare(on: loop)
    }

    private var period: Duration { max(.milliseconds(5), configuration.silenceTimeout / 4) }

    private func dropSpare(on loop: isolated EventLoop) {
        spare?.link.stop(on: loop)
        spare = nil
        answer = nil
    }

    private func look(on loop: isolated EventLoop) {
        guard let session, var heard = session.lastHeard else { return dropSpare(on: loop) }
        // A large command on a slow line: Redis can't answer what hasn't arrived, and it does arrive.
        let underWay = session.unacknowledgedByteCount
        if underWay < lastUnderWay { lastProgress = loop.now }
        lastUnderWay = underWay
        heard = max(heard, lastProgress)
        if let spare {
            // What was silent has spoken, or owes nothing any more: it stays.
            if heard > spare.began || !session.awaitsReplies { dropSpare(on: loop) }
        } else if session.awaitsReplies {
            if heard.advanced(by: configuration.silenceTimeout) <= loop.now, !session.isBlocking {
                let link = session.makeLink(for: self)
                spare = (link, loop.now)
                link.start(on: loop)
            }
        } else if heard.advanced(by: configuration.idlePingInterval) <= loop.now {
            session.ping(on: loop)
        }
    }
}

extension LinkWatch: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        look(on: loop)
        if let answer, let spare, answer.at.advanced(by: Self.grace) <= loop.now {
            (self.spare, self.answer) = (nil, nil)
            // It starts this watch anew.
            session?.replaceLink(by: spare.link, answer.replies, on: loop)
        } else if session != nil {
            timer = loop.schedule(self, after: answer == nil ? period : min(period, Self.grace))
        }
    }
}

extension LinkWatch: RedisLinkOwner {
    func linkReady(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
        answer = (greetingReplies, loop.now)
        if let timer { loop.cancel(timer) }
        timer = loop.schedule(self, after: Self.grace)
    }

    func link(received value: consuming RESPValue, on loop: isolated EventLoop) {}

    func linkDrained(on loop: isolated EventLoop) {}

    func linkLost(_ reason: String, on loop: isolated EventLoop) { answer = nil }
}
