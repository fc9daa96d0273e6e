extension EventLoop {
    /// Starts a task that stays on the loop's thread, whatever it awaits.
    ///
    /// A plain `Task` that was paused goes on in the runtime's pool of threads first, and from there to the loop: that takes
    /// two changes of threads each time.
    public func startTask(_ body: @escaping () async -> Void) {
        let box = LoopBound(body, on: self)
        Task(executorPreference: taskExecutor) { await Self.run(box, on: box.loop) }
    }

    private static func run(_ box: LoopBound<() async -> Void>, on loop: isolated EventLoop) async {
        await box.open(on: loop)()
    }
}
