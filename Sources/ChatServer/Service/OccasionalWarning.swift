import Transport

/// Counts what is dropped, and says so once a minute at most.
struct OccasionalWarning {
    private static let interval: Duration = .seconds(60)

    private let what: String
    private var unsaid = 0
    private(set) var total = 0
    private var nextLine: ContinuousClock.Instant?

    init(_ what: String) { self.what = what }

    mutating func count(at now: ContinuousClock.Instant) {
        total += 1
        unsaid += 1
        if let nextLine, now < nextLine { return }
        Log.warning("dropped: \(what) (\(unsaid))")
        unsaid = 0
        nextLine = now.advanced(by: Self.interval)
    }
}
