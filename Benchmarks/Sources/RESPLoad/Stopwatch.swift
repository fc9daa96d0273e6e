/// Repeats some work for a time, and says what it took: a third of the time to warm up, then all of it, measured.
struct Stopwatch {
    private let time: Duration

    init(_ time: Duration) { self.time = time }

    /// - Parameter round: does some of the work, and says how much.
    func measure(_ round: () async throws -> Int) async throws -> [String: Double] {
        _ = try await repeated(for: time / 3, round)
        let start = Start()
        return start.report(try await repeated(for: time, round))
    }

    private func repeated(for time: Duration, _ round: () async throws -> Int) async throws -> Int {
        let end = ContinuousClock.now + time
        var count = 0
        while ContinuousClock.now < end { count += try await round() }
        return count
    }

    private struct Start {
        let time = ContinuousClock.now
        let cpu = CPUTime.now

        func report(_ count: Int) -> [String: Double] {
            let (cpuNow, seconds) = (CPUTime.now, time.duration(to: .now) / .seconds(1))
            return [
                "count": Double(count), "seconds": seconds, "user": cpuNow.user - cpu.user,
                "system": cpuNow.system - cpu.system,
            ]
        }
    }
}
