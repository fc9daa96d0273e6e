/// Work for many, done in portions: what doesn't fit into one tick of a loop waits for the next ones, in order, so that no
/// number of those it is for holds the loop for long. Pure; the owner does the jobs, and says how long each took.
package struct Portions<Job> {
    /// How long a tick may be held by all of it; one job more may be under way when that is over.
    private let limit: Duration
    private var jobs: [Job?] = []
    private var first = 0
    private var spent: Duration = .zero

    init(limit: Duration = .milliseconds(1)) { self.limit = limit }

    var waitingCount: Int { jobs.count - first }

    /// The job itself where it may be done now; nil where it has to wait, behind what waits already.
    mutating func admit(_ job: Job) -> Job? {
        if waitingCount == 0, spent < limit { return job }
        jobs.append(job)
        return nil
    }

    /// The next one that waits; nil where there is none, or no time is left in this tick.
    mutating func next() -> Job? {
        guard waitingCount > 0, spent < limit else { return nil }
        defer {
            jobs[first] = nil
            first += 1
            if waitingCount == 0 { (jobs, first) = ([], 0) }
        }
        return jobs[first]
    }

    mutating func took(_ time: Duration) { spent += time }

    /// A tick has ended: the next one has its own time.
    mutating func tickEnds() { spent = .zero }
}
