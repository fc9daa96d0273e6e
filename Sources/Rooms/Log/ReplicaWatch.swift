/// What a replica can't explain at once: it is looked up in the store when it has stayed so for a while. Pure.
///
/// Payloads and readings come on different connections, so a payload may come after the reading that has brought the same.
/// Only for a few seconds, though: later ones are the numbers of a store whose data were put back in place.
package struct ReplicaWatch {
    /// In ticks, of a second each: after a reading, payloads of before it may still come.
    private static let lateness = 3
    /// In ticks: for so long a member may be awaited, or be missing from the store.
    private static let patience = 3

    private var lateSeq = 0
    private var lateRev = 0
    private var lateTicks = 0
    private var hasDoubt = false
    /// Members that were awaited or missing at some tick, and are still.
    private var unsettled: [String] = []
    private var unsettledTicks = 0

    /// A reading has brought everything up to these numbers.
    mutating func hasRead(seq: Int, rev: Int) { (lateSeq, lateRev, lateTicks) = (seq, rev, Self.lateness) }

    /// Whether a payload with this number may have been overtaken by the last reading.
    func mayBeLate(seq: Int) -> Bool { lateTicks > 0 && seq <= lateSeq }
    func mayBeLate(rev: Int) -> Bool { lateTicks > 0 && rev <= lateRev }

    /// Something has come that nothing explains.
    mutating func doubt() { hasDoubt = true }

    /// - Parameter now: the members that are awaited or missing.
    mutating func tick(unsettled now: [String]) {
        lateTicks = max(0, lateTicks - 1)
        if now.isEmpty || unsettled.isEmpty {
            (unsettled, unsettledTicks) = (now, 0)
            return
        }
        let still = Set(now)
        unsettled.removeAll { !still.contains($0) }
        unsettledTicks += 1
        if unsettled.isEmpty {
            (unsettled, unsettledTicks) = (now, 0)
        } else if unsettledTicks >= Self.patience {
            (unsettled, unsettledTicks) = ([], 0)
            hasDoubt = true
        }
    }

    /// Whether there is something to be looked up, which is done now.
    mutating func takeDoubt(if isLive: Bool) -> Bool {
        guard isLive, hasDoubt else { return false }
        hasDoubt = false
        return true
    }
}
