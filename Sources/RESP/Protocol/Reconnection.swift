/// How long to wait before each new attempt: exponential, with jitter, bounded.
struct Reconnection {
    private let shortest: Duration
    private let longest: Duration
    private var attempts = 0

    init(shortest: Duration = .milliseconds(20), longest: Duration = .seconds(1)) {
        self.shortest = shortest
        self.longest = longest
    }

    /// The delay before the next attempt: half of the present step, and a random part of the other half, so that
    /// clients which lost one server together don't come back together.
    mutating func nextDelay(using random: inout some RandomNumberGenerator) -> Duration {
        let step = min(longest, shortest * (1 << min(attempts, 16)))
        attempts += 1
        return step / 2 + step / 2 * Double.random(in: 0...1, using: &random)
    }

    mutating func succeeded() { attempts = 0 }
}
