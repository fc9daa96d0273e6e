/// The signals that ask a process to end: SIGINT (Ctrl-C) and SIGTERM.
///
/// ```swift
/// let termination = try TerminationSignal()
/// // … start everything …
/// await termination.wait()
/// // … end it in order …
/// ```
public struct TerminationSignal: Sendable {
    private enum State {
        case waiting(CheckedContinuation<Void, Never>?)
        case arrived
    }

    private let state: SharedState

    private final class SharedState: Sendable {
        private let state = Locked(State.waiting(nil))

        func arrive() {
            state.withLock { state -> CheckedContinuation<Void, Never>? in
                defer { state = .arrived }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }?.resume()
        }

        func wait(_ continuation: CheckedContinuation<Void, Never>) {
            let hasArrived = state.withLock { state in
                if case .arrived = state { return true }
                state = .waiting(continuation)
                return false
            }
            if hasArrived { continuation.resume() }
        }
    }

    /// From now on neither signal ends the process by itself. To be made once in a process.
    /// - Throws: `SystemError` when there are too few file descriptors, or no thread can be made.
    public init() throws(SystemError) {
        let (state, catcher) = (SharedState(), try System.SignalCatcher(for: [System.interrupt, System.terminate]))
        self.state = state
        // Waiting blocks, so it gets a thread of its own.
        try System.Thread {
            catcher.wait()
            state.arrive()
        }.detach()
    }

    /// Returns when a signal has arrived. To be called once; the next signal ends the process as ever, so that whoever
    /// is impatient with an orderly end gets a quick one.
    public func wait() async {
        await withCheckedContinuation { state.wait($0) }
    }
}
