/// Waits for descriptors to become ready. One of two: epoll, or poll(2) where there is none.
protocol Poller: AnyObject {
    func add(_ descriptor: System.Descriptor, _ interest: Readiness, token: UInt64) throws(SystemError)
    func change(_ descriptor: System.Descriptor, to interest: Readiness, token: UInt64) throws(SystemError)
    func remove(_ descriptor: System.Descriptor, token: UInt64)

    /// Replaces `events` by what is ready. Waits for `timeout` at most; nil waits without end.
    func wait(for timeout: Duration?, into events: inout [ReadyEvent])
    func close()
}

/// One descriptor that is ready, by the token it was added with: its number may be another's by now.
struct ReadyEvent: Equatable {
    let token: UInt64
    let readiness: Readiness
}

extension Duration {
    /// Whole milliseconds for a system call, rounded up so that a timer isn't woken for too early.
    var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        if seconds < 0 { return 0 }
        let perMillisecond: Int64 = 1_000_000_000_000_000
        let milliseconds = (attoseconds + perMillisecond - 1) / perMillisecond
        return Int32(clamping: min(seconds, 1_000_000) * 1000 + milliseconds)
    }
}
