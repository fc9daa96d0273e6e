/// A promise that was broken: which, when, and all that is known of it.
struct Violation: Hashable, Sendable {
    let guarantee: Guarantee
    /// When it was seen, since the run began; nil for what was found at the end.
    let at: Duration?
    /// One line.
    let summary: String
    /// Who saw what.
    var evidence: [String] = []
    /// The ids of the messages in question.
    var messages: [String] = []
}

/// What the judge found.
struct Verdict: Hashable, Sendable {
    /// By time.
    var violations: [Violation] = []
    /// How many things were looked at.
    var checks: [Guarantee: Int] = [:]
    /// Acknowledged messages that Redis lost because an older copy of its data was put back.
    var lostByRestore = 0

    mutating func check(_ guarantee: Guarantee, _ count: Int = 1) { checks[guarantee, default: 0] += count }
}
