/// One thread, one poller, and everything that lives on them: an actor whose executor is that thread.
///
/// What lives on a loop is a plain, non-Sendable class whose methods take `on loop: isolated EventLoop`; the compiler
/// proves that no other thread touches it. Outsiders `await`, or `submit`.
///
/// A turn: hooks at the end of the tick, one gather write for each connection that has something to say, wait,
/// ready descriptors, timers; after it, the jobs that were there.
public actor EventLoop {
    /// The largest number of bytes one read takes in. The buffer is the loop's: an idle connection owns none.
    public static let readBufferSize = 65_536

    private struct Source {
        var handler: (any ReadinessHandler)?
        var generation: UInt32 = 0
    }

    private let executor: EventLoopExecutor
    private let poller: any Poller
    private var sources: [Source] = []
    private var freeSources: [UInt32] = []
    private var ready: [ReadyEvent] = []
    private var timers: TimerWheel<any TimerHandler>
    private var hooks: [any TickHandler] = []
    private var hooksOfNextTick: [any TickHandler] = []
    private var dirty: [TCPConnection] = []
    private var flushing: [TCPConnection] = []
    private var stallWatch: (limit: Duration, handler: any StallHandler, heartbeat: TimerToken)?
    private var stopHandlers: [ObjectIdentifier: any StopHandler] = [:]
    /// Whether the loop is about to end: this tick is its last.
    package private(set) var isStopping = false
    /// Whether the loop has ended. What is submitted still runs, but there are no descriptors and timers any more.
    package private(set) var isStopped = false
    // Looked at for every delivery; no change of it calls out, so that nobody could look in the middle of one.
    @exclusivity(unchecked) var quietOutputs = QuietOutputs()
    let scratch = ScratchBuffers(inputSize: EventLoop.readBufferSize)

    /// The time this tick began. Everything within a tick happens at one instant.
    public private(set) var now: ContinuousClock.Instant
    /// Its place in the group it belongs to.
    public nonisolated let index: Int

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Tasks that prefer it run on the loop's thread. They must not block.
    public nonisolated let taskExecutor: any TaskExecutor

    /// - Parameter usingPoll: poll(2) even where there is epoll.
    init(index: Int, usingPoll: Bool) throws(SystemError) {
        executor = try EventLoopExecutor()
        taskExecutor = LoopTaskExecutor(executor)
        poller = Self.makePoller(usingPoll: usingPoll)
        let now = ContinuousClock.now
        self.now = now
        timers = TimerWheel(origin: now)
        self.index = index
        try poller.add(executor.wakeDescriptor, .input, token: .max)
    }

    private static func makePoller(usingPoll: Bool) -> any Poller {
        if !usingPoll, let epoll = EpollPoller() { return epoll }
        return PollPoller()
    }

    nonisolated func start() throws(SystemError) { try executor.start(self) }

    /// - Parameter completion: called on the loop's thread when it ends, or at once where it has.
    nonisolated func stop(_ completion: @escaping @Sendable () -> Void) { executor.stop(completion) }

    /// Runs `body` on the loop in a later turn. Bodies submitted by one thread run in their order.
    public nonisolated func submit(_ body: @escaping @Sendable (isolated EventLoop) -> Void) {
        executor.submit(.body(self, body))
    }

    /// Whether the caller is on this loop's thread.
    public nonisolated var isCurrent: Bool { executor.isOnThread }

    // MARK: One turn

    func turn() {
        finishTick()
        poller.wait(for: timeout(), into: &ready)
        executor.awake()
        lookForStall()
        for event in ready { dispatch(event) }
        // What they set anew is for the next turn, however soon it is due.
        for _ in 0..<timers.count {
            guard let timer = timers.popExpired(at: now) else { break }
            timer.timerFired(on: self)
        }
    }

    /// A timer that is overdue by far means that the whole process stood still: a stopped process, a paused machine.
    private func lookForStall() {
        let due = timers.nextDeadline
        now = .now
        guard let stallWatch, let due else { return }
        let lateness = due.duration(to: now)
        if lateness > stallWatch.limit { stallWatch.handler.loopStalled(for: lateness, on: self) }
    }

    private func timeout() -> Duration? {
        let isBusy = !hooks.isEmpty || !hooksOfNextTick.isEmpty || !dirty.isEmpty
        if isBusy || !executor.fallAsleep() { return .zero }
        return timers.nextDeadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }

    private func finishTick() {
        hooks += hooksOfNextTick
        hooksOfNextTick.removeAll(keepingCapacity: true)
        // A hook may mark connections, and add hooks: those are for this tick too, up to a bound.
        for _ in 0..<4 where !hooks.isEmpty {
            let due = hooks
            hooks.removeAll(keepingCapacity: true)
            for hook in due { hook.tickEnds(on: self) }
        }
        if dirty.isEmpty { return }
        // Two arrays take turns, so that neither is made anew.
        swap(&dirty, &flushing)
        for connection in flushing { connection.flush(on: self) }
        flushing.removeAll(keepingCapacity: true)
    }

    private func dispatch(_ event: ReadyEvent) {
        if event.token == .max { return System.drain(executor.wakeDescriptor) }
        // A descriptor closed earlier in this batch, its number perhaps reused: the generation tells.
        let index = Int(UInt32(truncatingIfNeeded: event.token))
        guard sources[index].generation == UInt32(truncatingIfNeeded: event.token >> 32) else { return }
        sources[index].handler?.readinessChanged(event.readiness, on: self)
    }

    func closeEverything() {
        isStopping = true
        finishTick()
        isStopped = true
        let stopping = stopHandlers.values
        stopHandlers = [:]
        for handler in stopping { handler.loopStops(on: self) }
        for source in sources { source.handler?.loopStops(on: self) }
        poller.close()
        sources.removeAll()
        dirty.removeAll()
        hooks.removeAll()
        hooksOfNextTick.removeAll()
        // What they hold may hold this loop.
        stallWatch = nil
        timers = TimerWheel(origin: now)
    }

    // MARK: Descriptors

    func register(
        _ descriptor: System.Descriptor, _ interest: Readiness, handler: any ReadinessHandler
    ) throws(SystemError) -> UInt64 {
        // Nobody would ever look at it, nor close it.
        if isStopped { throw .loopStopped }
        let index: UInt32
        if let free = freeSources.popLast() {
            index = free
        } else {
            index = UInt32(sources.count)
            sources.appendSparingly(Source())
        }
        let token = UInt64(sources[Int(index)].generation) << 32 | UInt64(index)
        do {
            try poller.add(descriptor, interest, token: token)
        } catch {
            freeSources.append(index)
            throw error
        }
        sources[Int(index)].handler = handler
        return token
    }

    func change(_ descriptor: System.Descriptor, to interest: Readiness, token: UInt64) {
        // The descriptor is registered and open, so this fails for lack of memory alone; the next change repeats it.
        try? poller.change(descriptor, to: interest, token: token)
    }

    func deregister(_ descriptor: System.Descriptor, token: UInt64) {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < sources.count, sources[index].handler != nil else { return }
        poller.remove(descriptor, token: token)
        sources[index].handler = nil
        sources[index].generation &+= 1
        freeSources.append(UInt32(index))
    }

    // MARK: Timers and ticks

    /// Calls `handler` once, at `deadline` or up to some milliseconds later.
    public func schedule(_ handler: any TimerHandler, at deadline: ContinuousClock.Instant) -> TimerToken {
        // What is overdue already isn't late by that: the wheel tells by its deadlines how long the loop stood still.
        TimerToken(id: timers.schedule(handler, at: max(deadline, now)))
    }

    /// Calls `handler` once, after `delay` or up to some milliseconds later.
    public func schedule(_ handler: any TimerHandler, after delay: Duration) -> TimerToken {
        schedule(handler, at: now.advanced(by: delay))
    }

    public func cancel(_ timer: TimerToken) { timers.cancel(timer.id) }

    /// Tells `handler` when the loop stood still for longer than `limit`, before it reads what has come meanwhile.
    public func watchForStalls(longerThan limit: Duration, _ handler: any StallHandler) {
        // A timer that is always set: without one an idle loop could not tell sleep from standing still.
        stallWatch = (limit, handler, schedule(Heartbeat(interval: limit / 4), after: limit / 4))
    }

    /// Calls `handler` once, at the end of this tick.
    public func atEndOfTick(_ handler: any TickHandler) { hooks.append(handler) }

    /// Calls `handler` once, at the end of the next tick, for which the loop doesn't wait.
    package func atEndOfNextTick(_ handler: any TickHandler) { hooksOfNextTick.append(handler) }

    /// Calls `handler` when the loop ends, unless it is removed before.
    package func addStopHandler(_ handler: any StopHandler) { stopHandlers[ObjectIdentifier(handler)] = handler }

    package func removeStopHandler(_ handler: any StopHandler) { stopHandlers[ObjectIdentifier(handler)] = nil }

    /// Writes to the connection of this token at once, where nothing waits for it. That it may be called only when all
    /// that the tick has for the connection is in `bytes` is the caller's care: it is one write a tick.
    ///
    /// - Returns: how many bytes the system took; nil where the connection itself is to be asked.
    package func sendAtOnce(_ bytes: SharedBytes, to token: UInt64) -> Int? {
        guard let descriptor = quietOutputs[token],
            case .bytes(let written) = System.send(bytes.baseAddress, count: bytes.count, on: descriptor)
        else { return nil }
        return written
    }

    func markDirty(_ connection: TCPConnection) { dirty.append(connection) }
}

/// Names a timer; stale once it has fired.
public struct TimerToken: Hashable, Sendable {
    fileprivate let id: TimerWheel<any TimerHandler>.ID
}

public protocol TimerHandler: AnyObject {
    func timerFired(on loop: isolated EventLoop)
}

public protocol TickHandler: AnyObject {
    func tickEnds(on loop: isolated EventLoop)
}

public protocol StallHandler: AnyObject {
    func loopStalled(for time: Duration, on loop: isolated EventLoop)
}

private final class Heartbeat: TimerHandler {
    private let interval: Duration
    init(interval: Duration) { self.interval = interval }
    func timerFired(on loop: isolated EventLoop) { _ = loop.schedule(self, after: interval) }
}

package protocol StopHandler: AnyObject {
    /// The loop ends: what waits on it must wait no longer.
    func loopStops(on loop: isolated EventLoop)
}

protocol ReadinessHandler: AnyObject {
    func readinessChanged(_ readiness: Readiness, on loop: isolated EventLoop)
    /// The loop ends: the descriptor is to be closed.
    func loopStops(on loop: isolated EventLoop)
}

extension EventLoop: CustomReflectable {
    /// Nothing of it is shown where something that holds a loop is printed: what it has belongs to its own thread.
    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }
}
