public import Transport

/// The event loops that tests share, of both kinds.
public enum TestLoops {
    /// Both pollers: a test of what runs on a loop is parameterised with these.
    public static let pollers: [EventLoopGroup.PollerKind] = [.best, .poll]

    private static let best = made(.best)
    private static let poll = made(.poll)

    /// Two loops, for the whole test process: never shut them down.
    public static func group(_ poller: EventLoopGroup.PollerKind = .best) -> EventLoopGroup {
        switch poller {
        case .best: best
        case .poll: poll
        }
    }

    public static func next(_ poller: EventLoopGroup.PollerKind = .best) -> EventLoop { group(poller).next() }

    private static func made(_ poller: EventLoopGroup.PollerKind) -> EventLoopGroup {
        do {
            return try EventLoopGroup(count: 2, poller: poller)
        } catch {
            fatalError("no event loops for the tests: \(error)")
        }
    }
}

extension EventLoop {
    /// Runs `body` on the loop.
    public func run<Value: Sendable>(_ body: @Sendable (isolated EventLoop) throws -> Value) rethrows -> Value {
        try body(self)
    }
}
