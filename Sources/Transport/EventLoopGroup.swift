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
    /// - Throws: `SystemError` when there are too few file descriptors (three or four a loop), or no thread can be made.
    public init(count: Int, poller: PollerKind = .best) throws(SystemError) {
        var loops: [EventLoop] = []
        var startedCount = 0
        for index in 0..<max(1, count) {
            loops.append(try EventLoop(index: index, usingPoll: poller == .poll))
        }
        self.loops = loops
        do throws(SystemError) {
            // Later there may be no room for it.
            try ResolverThread.shared.start()
            for loop in loops {
                try loop.start()
                startedCount += 1
            }
        } catch {
            for loop in loops[..<startedCount] { loop.stop {} }
            throw error
        }
    }

    /// The loops in turn.
    public func next() -> EventLoop {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
    }

    /// Closes every connection and listener, and ends the threads. Nothing can be started on the group after it.
    public func shutDown() async {
        for loop in loops {
            await withCheckedContinuation { continuation in loop.stop { continuation.resume() } }
        }
    }
}
