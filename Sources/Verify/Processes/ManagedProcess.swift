import Transport

/// A child process that is started, ended and started again, on the run's loop.
final class ManagedProcess {
    private static let keptLines = 60

    let name: String
    /// It is started from these in turn.
    private let programs: [Program]
    private let arguments: [String]
    private let readyLine: String
    private let clock: RunClock
    private var child: System.Child?
    /// Counts starts: an event of an earlier child is not this one's.
    private var number = 0
    private var isWanted = false
    private(set) var isReady = false
    private(set) var lines: [String] = []
    private(set) var record: ServerRecord

    /// - Parameters:
    ///   - programs: the first start is from the first, the next from the second, and so on, again from the first after the
    ///     last. At least one.
    ///   - readyLine: part of the line it writes when it can be used.
    init(name: String, programs: [Program], arguments: [String], readyLine: String, clock: RunClock) {
        self.name = name
        self.programs = programs
        self.arguments = arguments
        self.readyLine = readyLine
        self.clock = clock
        record = ServerRecord(name: name)
    }

    var isRunning: Bool { child != nil }
    var pid: Int32? { child?.pid }

    // MARK: Starting and ending

    /// - Returns: false when it isn't ready in time.
    @discardableResult
    func start(within limit: Duration = .seconds(15), on loop: isolated EventLoop) async -> Bool {
        if isRunning { return isReady }
        number += 1
        let mine = number
        isWanted = true
        let program = programs[(mine - 1) % programs.count]
        record.starts[program.name, default: 0] += 1
        let box = LoopBound(self, on: loop)
        do {
            child = try System.Child(program.path, arguments + program.flags) { event in
                box.loop.submit { loop in box.open(on: loop).take(event, of: mine) }
            }
        } catch {
            lines.append("can't be started: \(error)")
            return false
        }
        if await eventually(within: limit, on: loop, { self.isReady || !self.isRunning }) { return isReady }
        note("could not be used within \(limit.inSeconds) of its start")
        return false
    }

    /// Keeps what was wrong with it, with its last words.
    func note(_ words: String) {
        record.troubles.append(
            ServerRecord.Trouble(at: clock.now, words: words, lastLines: Array(lines.suffix(20))))
    }

    private func take(_ event: System.Child.Event, of number: Int) {
        guard number == self.number else { return }
        switch event {
        case .started: break
        case .line(let line):
            lines.append(line)
            if lines.count > 2 * Self.keptLines { lines.removeFirst(Self.keptLines) }
            if line.contains(readyLine) { isReady = true }
        case .exited(let status):
            if isWanted {
                note("ended by itself, status \(status)")
            }
            (child, isReady, isWanted) = (nil, false, false)
        }
    }

    /// SIGKILL; returns when it is gone.
    func kill(on loop: isolated EventLoop) async {
        isWanted = false
        child?.end()
        await eventually(within: .seconds(10), on: loop) { !self.isRunning }
    }

    /// SIGTERM; returns when it is gone, and kills it when that takes too long.
    func terminate(within limit: Duration, on loop: isolated EventLoop) async {
        isWanted = false
        child?.signal(.terminate)
        if await eventually(within: limit, on: loop, { !self.isRunning }) { return }
        note("did not end within \(limit.inSeconds) of SIGTERM")
        await kill(on: loop)
    }

    func freeze() { child?.signal(.freeze) }

    func thaw() { child?.signal(.thaw) }

    /// From now on nobody reads what it writes, and its pipe is full.
    func stopReadingLog() { child?.stopReading() }

    func readLogAgain() { child?.readAgain() }

    /// Looks at its memory.
    func sampleMemory() {
        guard isReady, let pid, let bytes = System.residentBytes(of: pid) else { return }
        if record.startMemory == 0 { record.startMemory = bytes }
        record.mostMemory = max(record.mostMemory, bytes)
    }
}

/// Waits until `condition` holds; false when it doesn't in time.
@discardableResult
func eventually(
    within limit: Duration, every interval: Duration = .milliseconds(20), on loop: isolated EventLoop,
    _ condition: () -> Bool
) async -> Bool {
    let end = ContinuousClock.now.advanced(by: limit)
    while !condition() {
        if ContinuousClock.now >= end { return false }
        try? await Task.sleep(for: interval)
    }
    return true
}
