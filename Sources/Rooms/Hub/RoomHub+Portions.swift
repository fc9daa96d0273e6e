import Transport

/// What the hub does for single sessions, which may be thousands at once, and what it has for the loops: in portions, and
/// in batches.
extension RoomHub {
    /// What is done for one session.
    package enum Job {
        /// Its next page, from what is known.
        case catchUp(CatchUp)
        /// Its next page, from what has been read after a number; nil where that failed.
        case page(CatchUp, RoomReading?, after: Int)
        /// The room that it has waited for is up to date.
        case resume((Result<Void, StoreError>) -> Void)
    }

    /// Does the job now if there is time in this tick, else in one of the next.
    func perform(_ job: Job, on loop: isolated EventLoop) {
        if let job = portions.admit(job) { carryOut(job, on: loop) }
        awaitEndOfTick(on: loop)
    }

    private func carryOut(_ job: Job, on loop: isolated EventLoop) {
        let start = ContinuousClock.now
        switch job {
        case .catchUp(let catchUp): serve(catchUp, on: loop)
        case .page(let catchUp, let reading, let seq): serve(catchUp, with: reading, after: seq, on: loop)
        case .resume(let resume): resume(.success(()))
        }
        portions.took(start.duration(to: .now))
    }

    func awaitEndOfTick(on loop: isolated EventLoop) {
        if isTickAwaited { return }
        isTickAwaited = true
        loop.atEndOfTick(self)
    }
}

extension RoomHub: TickHandler {
    func tickEnds(on loop: isolated EventLoop) {
        while let job = portions.next() { carryOut(job, on: loop) }
        portions.tickEnds()
        isTickAwaited = portions.waitingCount > 0
        if isTickAwaited { loop.atEndOfNextTick(self) }
        audience.tickEnds(on: loop)
    }
}
