/// The signals that ask a process to end: SIGINT (Ctrl-C) and SIGTERM.
///
/// ```swift
/// let termination = try TerminationSignal()
/// // … start everything …
/// await termination.wait()
/// // … end it in order …
/// ```
public struct TerminationSignal: Sendable {
    private let catcher: System.SignalCatcher

    /// From now on neither signal ends the process by itself. To be made once in a process.
    /// - Throws: `SystemError` when there are too few file descriptors.
    public init() throws(SystemError) {
        catcher = try System.SignalCatcher(for: [System.interrupt, System.terminate])
    }

    /// Returns when a signal has arrived. To be called once; the next signal ends the process as ever, so that whoever
    /// is impatient with an orderly end gets a quick one.
    public func wait() async {
        await withCheckedContinuation { continuation in
            // Waiting blocks, so it gets a thread of its own.
            System.Thread { [catcher] in
                catcher.wait()
                continuation.resume()
            }.detach()
        }
    }
}
