import Transport

/// Runs tasks on a loop's thread, between whatever else the loop does.
final class LoopTaskExecutor: TaskExecutor {
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.submit { [self] _ in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
