/// Whether a store can do what a join needs, judged by trials. Pure.
///
/// Each loop has a connection of its own to the store and tries it; what the trials publish comes back over the connection
/// that listens, and is noted as well. The store serves while every loop's last trial went well not long ago, and what was
/// published arrived.
package struct StoreHealth: Sendable {
    /// The pause between two trials of one loop.
    static let interval: Duration = .seconds(1)
    /// The same while something is wrong, and at the start: until what was published has arrived once.
    static let impatience: Duration = .milliseconds(100)
    /// How long one trial may take.
    static let timeout: Duration = .seconds(2)
    /// A trial that went well, or a publication that arrived, counts for so long.
    static let memory: Duration = interval + timeout + .seconds(1)
    /// A cluster's slots that are elsewhere are met by chance: that they are is remembered for so long.
    static let redirectionMemory: Duration = .seconds(30)

    private struct Trial {
        var lastSuccess: ContinuousClock.Instant?
        var failure: String?
    }

    private var trials: [Trial]
    private var lastArrival: ContinuousClock.Instant?
    private var redirection: (reason: String, at: ContinuousClock.Instant)?

    /// - Parameter loops: how many loops try.
    init(loops: Int) { trials = Array(repeating: Trial(), count: loops) }

    /// A loop's trial went well.
    mutating func succeeded(loop: Int, at now: ContinuousClock.Instant) {
        trials[loop].lastSuccess = now
        trials[loop].failure = nil
    }

    /// A loop's trial failed.
    /// - Parameter isRedirection: the store said that the key is another's (`MOVED`, `ASK`).
    mutating func failed(loop: Int, _ reason: String, isRedirection: Bool = false, at now: ContinuousClock.Instant) {
        trials[loop].failure = reason
        if isRedirection { redirection = (reason, now) }
    }

    /// What a trial published has arrived.
    mutating func arrived(at now: ContinuousClock.Instant) { lastArrival = now }

    /// The connection that listens is lost: what arrived over it says nothing of the next one.
    mutating func disconnected() { lastArrival = nil }

    /// What keeps the store from serving a join, in words; nil while nothing does.
    func problem(at now: ContinuousClock.Instant) -> String? {
        func isRecent(_ moment: ContinuousClock.Instant?) -> Bool {
            moment.map { now <= $0.advanced(by: Self.memory) } ?? false
        }
        if let failure = trials.lazy.compactMap(\.failure).first { return failure }
        if let redirection, now < redirection.at.advanced(by: Self.redirectionMemory) { return redirection.reason }
        guard trials.allSatisfy({ isRecent($0.lastSuccess) }) else { return "Redis has not answered yet" }
        return isRecent(lastArrival) ? nil : "what is published in Redis doesn't arrive"
    }
}
