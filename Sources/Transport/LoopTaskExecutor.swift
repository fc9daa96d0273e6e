/// Runs tasks that prefer it on a loop's thread, each time as if the loop itself were running: what they call on the loop's
/// actor costs them no further turn.
final class LoopTaskExecutor: TaskExecutor {
    private let executor: EventLoopExecutor

    init(_ executor: EventLoopExecutor) { self.executor = executor }

    func enqueue(_ job: consuming ExecutorJob) { executor.submit(.task(UnownedJob(job), self)) }
}
