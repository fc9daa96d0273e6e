extension EventLoop {
    /// Returns after `duration`, or up to some milliseconds later; at once when the loop has ended.
    ///
    /// Better than `Task.sleep` in a server: the runtime's timers want a file descriptor, and end the process where there
    /// is none left.
    public func sleep(for duration: Duration) async {
        if isStopped { return }
        await withCheckedContinuation { continuation in
            let sleeper = Sleeper(continuation)
            addStopHandler(sleeper)
            _ = schedule(sleeper, after: duration)
        }
    }
}

private final class Sleeper: TimerHandler, StopHandler {
    private var continuation: CheckedContinuation<Void, Never>?

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func timerFired(on loop: isolated EventLoop) {
        loop.removeStopHandler(self)
        wake()
    }

    func loopStops(on loop: isolated EventLoop) { wake() }

    private func wake() {
        continuation?.resume()
        continuation = nil
    }
}
