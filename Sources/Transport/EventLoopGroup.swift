import Synchronization

/// Some loops, each a thread. One for each core is the sensible number.
public final class EventLoopGroup: Sendable {
    public let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Which system call the loops wait with.
    public enum PollerKind: Sendable {
        /// epoll where there is one, else poll(2).
        case best
        case poll
    }

    /// Starts `count` threads (at least one).
    /// - Throws: `SystemError` when there are too few file descriptors (three or four a loop).
    public init(count: Int, poller: PollerKind = .best) throws(SystemError) {
        var loops: [EventLoop] = []
        for index in 0..<max(1, count) {
            loops.append(try EventLoop(index: index, usingPoll: poller == .poll))
        }
        self.loops = loops
        for loop in loops { loop.start() }
    }

    /// The loops in turn.
    public func next() -> EventLoop {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
    }

    /// Closes every connection and listener, and ends the threads. Nothing can be started on the group after it.
    public func shutDown() async {
        await withCheckedContinuation { continuation in
            // Joining blocks, so it gets a thread of its own.
            System.Thread { [loops] in
                for loop in loops { loop.stop() }
                continuation.resume()
            }.detach()
        }
    }
}
