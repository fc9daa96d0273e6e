/// Time since a run began.
struct RunClock: Sendable {
    private let origin = ContinuousClock.now

    var now: Duration { origin.duration(to: .now) }
}
