import Transport

/// Counts what is dropped or refused, and says so once a minute at most.
package struct OccasionalWarning {
    private static let interval: Duration = .seconds(60)

    private let verb: String
    private let what: String
    private var unsaid = 0
    private(set) var total = 0
    private var nextLine: ContinuousClock.Instant?

    package init(_ what: String, verb: String = "dropped") { (self.what, self.verb) = (what, verb) }

    /// - Parameter detail: about the one counted now, for a line that is due.
    package mutating func count(at now: ContinuousClock.Instant, _ detail: @autoclosure () -> String? = nil) {
        total += 1
        unsaid += 1
        if let nextLine, now < nextLine { return }
        Log.warning("\(verb): \(what) (\(unsaid))" + (detail().map { ": " + $0 } ?? ""))
        unsaid = 0
        nextLine = now.advanced(by: Self.interval)
    }
}
