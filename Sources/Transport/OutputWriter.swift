/// Writes to standard output and error on a thread of its own: whoever has something to say never waits for whoever reads
/// it. A pipe that nobody reads, or a terminal that is halted, costs lines, which are counted, and nothing else.
///
/// The descriptors stay as they are: O_NONBLOCK would hold for every process that shares them.
final class OutputWriter: @unchecked Sendable {  // What changes is touched under the monitor's lock alone.
    static let shared = OutputWriter()

    /// How long a stuck stream waits before it is looked at again, where another could be written to meanwhile.
    private static let look: Duration = .milliseconds(100)
    /// The end of the process is held up for so long while what waits is written, and for so long while nothing is.
    private static let (longestFlush, longestStall): (Duration, Duration) = (.seconds(3), .milliseconds(500))

    private let monitor = System.Monitor()
    private var queue = OutputQueue(limits: [1: 4_194_304, 2: 262_144]) { count in
        Log.line(.warning, "\(count) lines of the log are lost: nobody read them in time")
    }
    private var repeated = RepeatedLines()
    private var hasThread = false
    private var hasExitHandler = false
    /// Counts what has been written, for whoever waits for the end.
    private var progress = 0

    /// Lines that nobody read in time, since the beginning.
    var lostCount: Int { locked { queue.lostCount } }

    // MARK: For everybody

    func write(_ bytes: [UInt8], to stream: Int32) {
        locked {
            queue.append(bytes, to: stream)
            wakeThread()
        }
    }

    /// A line of the log, unless it is one of too many of its kind.
    func log(_ level: Log.Level, _ words: String, of kind: RepeatedLines.Kind) {
        let now = ContinuousClock.now
        locked {
            sumUp(at: now)
            if repeated.admits(words, level, of: kind, at: now) { queue.append(Log.line(level, words), to: 2) }
            wakeThread()
        }
    }

    /// Waits until all is written: for some time while it goes on, for a moment where it doesn't. For the process' end.
    func flush() {
        let end = ContinuousClock.now + Self.longestFlush
        let isAlone = locked { () -> Bool in
            sumUp(at: .now + RepeatedLines.interval)
            if queue.isEmpty { return false }
            wakeThread()
            // Where there can be no thread this one does its work, and nobody makes one any more.
            defer { hasThread = true }
            return !hasThread
        }
        var (seen, stalls) = (-1, ContinuousClock.now + Self.longestStall)
        while .now < end {
            if isAlone { step() }
            let isDone = locked { () -> Bool in
                if queue.isEmpty { return true }
                if progress != seen { (seen, stalls) = (progress, .now + Self.longestStall) }
                if !isAlone { monitor.wait(for: .milliseconds(50)) }
                return false
            }
            if isDone || stalls <= .now { return }
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        monitor.lock()
        defer { monitor.unlock() }
        return body()
    }

    private func sumUp(at now: ContinuousClock.Instant) {
        for (level, words) in repeated.summaries(at: now) { queue.append(Log.line(level, words), to: 2) }
    }

    // MARK: The thread

    /// Where there can be none just now, the next line tries again; until then all waits in the queue.
    private func wakeThread() {
        if !hasExitHandler {
            hasExitHandler = true
            System.atExit { OutputWriter.shared.flush() }
        }
        if hasThread { return monitor.wakeAll() }
        do throws(SystemError) {
            let thread = try System.Thread { [self] in run() }
            thread.detach()
            hasThread = true
        } catch {}
    }

    private func run() {
        System.blockAllSignals()
        while true {
            locked {
                let now = ContinuousClock.now
                sumUp(at: now)
                if queue.isEmpty { monitor.wait(for: repeated.nextSummary.map { now.duration(to: $0) }) }
            }
            step()
        }
    }

    private func step() {
        let streams = locked { queue.waitingStreams }
        if streams.isEmpty { return }
        let ready = System.writable(streams, within: Self.look)
        guard let (stream, bytes) = locked({ queue.next(of: ready) }) else { return }
        let outcome = System.writeOutput(bytes, to: stream)
        locked {
            switch outcome {
            case .wrote(let count):
                queue.wrote(count, to: stream)
                progress += 1
            case .busy: monitor.wait(for: .milliseconds(10))
            case .failed: queue.failed(stream)
            }
            monitor.wakeAll()
        }
    }
}
