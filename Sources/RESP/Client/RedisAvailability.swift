public import Transport

/// What one finds where Redis should be.
public enum RedisAvailability: Hashable, Sendable {
    /// It greets, and takes commands.
    case ready
    /// It is there, and is reading its data or busy with a script: later it will be ready.
    case busy(String)
    /// It is there, and wants something else: a password, another user, a client from elsewhere. Its words.
    case refusing(String)
    /// The system says that nobody listens.
    case absent(String)
    /// Something takes the connection and doesn't answer.
    case silent
    /// Something answers that isn't Redis, or ends the connection without a word.
    case foreign(String)
    /// Whether it is there couldn't be found out.
    case unknown(String)

    /// Looks once, with the configuration's login and greeting.
    public static func find(_ configuration: RedisConfiguration, on loop: EventLoop) async -> RedisAvailability {
        await withCheckedContinuation { continuation in
            loop.submit { loop in
                AvailabilityCheck(configuration) { continuation.resume(returning: $0) }.start(on: loop)
            }
        }
    }

    init(_ failure: LinkFailure) {
        switch failure {
        case .refused(let words):
            let isPassing = ["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN"].contains {
                words.hasPrefix($0 + " ")
            }
            self = isPassing ? .busy(words) : .refusing(words)
        case .unreachable(let place, let error?) where error.isConnectionRefused: self = .absent("\(place): \(error)")
        case .notRedis: self = .foreign("\(failure)")
        case .silent: self = .silent
        case .unreachable, .lost, .notYet: self = .unknown("\(failure)")
        }
    }
}

/// Makes one link, and tells what came of its first attempt.
private final class AvailabilityCheck: RedisLinkOwner {
    private let configuration: RedisConfiguration
    private var completion: ((RedisAvailability) -> Void)?
    private lazy var link = RedisLink(
        configuration: configuration, greeting: configuration.greeting + configuration.handshake, owner: self)
    /// The link holds its owner weakly: this holds itself until it knows.
    private var itself: AvailabilityCheck?

    init(_ configuration: RedisConfiguration, completion: @escaping (RedisAvailability) -> Void) {
        self.configuration = configuration
        self.completion = completion
    }

    func start(on loop: isolated EventLoop) {
        if loop.isStopped { return end(.unknown("the event loop has ended"), on: loop) }
        itself = self
        loop.addStopHandler(self)
        link.start(on: loop)
    }

    private func end(_ result: RedisAvailability, on loop: isolated EventLoop) {
        loop.removeStopHandler(self)
        link.stop(on: loop)
        completion?(result)
        completion = nil
        itself = nil
    }

    func linkReady(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) { end(.ready, on: loop) }

    func link(received value: consuming RESPValue, on loop: isolated EventLoop) {}

    func linkDrained(on loop: isolated EventLoop) {}

    func linkLost(_ reason: String, on loop: isolated EventLoop) { end(.unknown(reason), on: loop) }

    func linkFailed(_ failure: LinkFailure, on loop: isolated EventLoop) { end(RedisAvailability(failure), on: loop) }
}

extension AvailabilityCheck: StopHandler {
    func loopStops(on loop: isolated EventLoop) { end(.unknown("the event loop has ended"), on: loop) }
}
