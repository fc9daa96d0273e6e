import Synchronization

/// The thread of one event loop, as the executor of the loop's actor: first in, first out, priorities ignored.
final class EventLoopExecutor: SerialExecutor, @unchecked Sendable {  // State is atomic, locked, or the thread's own.
    enum Work {
        case job(UnownedJob)
        /// Of a task that prefers this loop.
        case task(UnownedJob, LoopTaskExecutor)
        case body(EventLoop, @Sendable (isolated EventLoop) -> Void)
    }

    private struct Queue {
        var work: [Work] = []
        /// Whether the thread waits for its descriptors: only then does it need to be woken.
        var isAsleep = false
        var isStopped = false
        var isDraining = false
    }

    private let queue = Locked(Queue())
    private let stopRequested = Atomic<Bool>(false)
    /// The thread that may enter the actor now; 0 when none does.
    private let identity = Atomic<UInt>(0)
    let wakeDescriptor: System.Descriptor
    private let wakeWriter: System.Descriptor
    /// Called once the thread has ended.
    private let endHandlers = Locked<[@Sendable () -> Void]?>([])

    init() throws(SystemError) {
        (wakeDescriptor, wakeWriter) = try System.makePipe()
    }

    // Not before: whoever submits something may be about to wake the thread.
    deinit {
        System.closeDescriptor(wakeDescriptor)
        System.closeDescriptor(wakeWriter)
    }

    // MARK: The executor's contract

    func enqueue(_ job: UnownedJob, on loop: EventLoop?) { submit(.job(job)) }

    func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

    func isIsolatingCurrentContext() -> Bool? { isOnThread }

    func checkIsolated() {
        precondition(isOnThread, "this code must run on its event loop")
    }

    var isOnThread: Bool { identity.load(ordering: .acquiring) == System.Thread.currentIdentity }

    // MARK: Work

    func submit(_ work: Work) {
        let (mustDrain, sleeper) = queue.withLock { queue -> (Bool, Unmanaged<EventLoopExecutor>?) in
            queue.work.append(work)
            defer {
                queue.isDraining = queue.isDraining || queue.isStopped
                queue.isAsleep = false
            }
            // Once the work is taken nobody else may hold this executor any more.
            return (queue.isStopped && !queue.isDraining, queue.isAsleep ? .passRetained(self) : nil)
        }
        if let sleeper {
            // Not under the lock: the thread that wakes up takes it.
            System.writeByte(to: wakeWriter)
            sleeper.release()
        }
        if mustDrain { drainAfterStop() }
    }

    /// Whether the thread may wait for its descriptors: there is no work, and what comes will wake it.
    func fallAsleep() -> Bool {
        queue.withLock { queue in
            queue.isAsleep = queue.work.isEmpty
            return queue.isAsleep
        }
    }

    func awake() { queue.withLock { $0.isAsleep = false } }

    func start(_ loop: EventLoop) throws(SystemError) {
        try System.Thread { [self] in run(loop) }.detach()
    }

    /// - Parameter completion: called when the thread has done its last work, at once where it has.
    func stop(_ completion: @escaping @Sendable () -> Void) {
        let isOver = endHandlers.withLock { handlers in
            handlers?.append(completion)
            return handlers == nil
        }
        if isOver { return completion() }
        stopRequested.store(true, ordering: .releasing)
        System.writeByte(to: wakeWriter)
    }

    private func run(_ loop: EventLoop) {
        // Before anybody can enter the actor: whoever asks must find this thread.
        identity.store(System.Thread.currentIdentity, ordering: .releasing)
        while !stopRequested.load(ordering: .acquiring) {
            loop.assumeIsolated { $0.turn() }
            perform(takeWork())
        }
        loop.assumeIsolated { $0.closeEverything() }
        perform(takeWork())
        identity.store(0, ordering: .releasing)
        let isWorkLeft = queue.withLock { queue -> Bool in
            queue.isStopped = true
            queue.isDraining = !queue.work.isEmpty
            return queue.isDraining
        }
        if isWorkLeft { drainAfterStop() }
        let handlers = endHandlers.withLock { handlers in
            defer { handlers = nil }
            return handlers ?? []
        }
        for handler in handlers { handler() }
    }

    private func takeWork() -> [Work] {
        queue.withLock { queue in
            if queue.work.isEmpty { return [] }
            var taken: [Work] = []
            swap(&taken, &queue.work)
            return taken
        }
    }

    /// Runs what was there when it was called; what that adds is for the next turn.
    private func perform(_ batch: [Work]) {
        for work in batch {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .task(let job, let executor):
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: executor.asUnownedTaskExecutor())
            case .body(let loop, let body): loop.assumeIsolated { body($0) }
            }
        }
    }

    /// A stopped loop has no thread, yet tasks may still end on it: each batch gets a thread of its own, or that of
    /// whoever submits it where there can be no other.
    private func drainAfterStop() {
        let drain = { @Sendable [self] in
            identity.store(System.Thread.currentIdentity, ordering: .releasing)
            while true {
                perform(takeWork())
                identity.store(0, ordering: .releasing)
                let isDone = queue.withLock { queue -> Bool in
                    queue.isDraining = !queue.work.isEmpty
                    return !queue.isDraining
                }
                if isDone { return }
                identity.store(System.Thread.currentIdentity, ordering: .releasing)
            }
        }
        do throws(SystemError) { try System.Thread(drain).detach() } catch { drain() }
    }
}
