/// Keeps one member's sends in order when one of them could not be carried out. Pure.
///
/// Whoever gave it an id will repeat it: what was sent after it must not pass it meanwhile, and is refused as well. A
/// send that is never repeated doesn't hold the others up for long.
struct SendBarrier {
    /// For as long later sends are refused, unless the one before them is repeated.
    static let duration: Duration = .seconds(5)

    /// Made when it is needed, which is seldom.
    private final class Refusal: Sendable {
        let id: String
        let until: ContinuousClock.Instant

        init(id: String, until: ContinuousClock.Instant) { (self.id, self.until) = (id, until) }
    }

    private var refused: Refusal?

    /// - Parameter id: nil for a send that can't be repeated; then nothing waits for it.
    mutating func refused(_ id: String?, at now: ContinuousClock.Instant) {
        refused = id.map { Refusal(id: $0, until: now.advanced(by: Self.duration)) }
    }

    /// Whether a send may be tried now.
    mutating func admits(_ id: String?, at now: ContinuousClock.Instant) -> Bool {
        guard let refused, refused.id != id, now < refused.until else {
            refused = nil
            return true
        }
        return false
    }
}
