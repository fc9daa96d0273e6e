/// Keeps one member's sends in order when one of them was refused. Pure.
///
/// Whoever gave it an id will repeat it: what arrives after it must not pass it meanwhile, and is refused as well. A
/// send that is never repeated doesn't hold the others up for long.
struct SendBarrier {
    /// For as long later sends are refused, unless the one before them is repeated.
    static let duration: Duration = .seconds(5)

    /// Made when it is needed, which is seldom.
    private final class Refusal: Sendable {
        let id: String
        let code: ClientError.Code
        let retryAt: ContinuousClock.Instant
        let until: ContinuousClock.Instant

        init(_ id: String, _ error: ClientError, at now: ContinuousClock.Instant) {
            self.id = id
            code = error.code
            retryAt = now.advanced(by: error.retry ?? .zero)
            until = now.advanced(by: SendBarrier.duration)
        }
    }

    private var refused: Refusal?

    /// A send was refused. One without an id can't be repeated: nothing waits for it.
    mutating func refused(_ error: ClientError, at now: ContinuousClock.Instant) {
        if let id = error.id { refused = Refusal(id, error, at: now) }
    }

    /// Why a send that arrives now must be refused because of one before it; nil where it may be tried.
    mutating func refusal(of id: String?, at now: ContinuousClock.Instant) -> ClientError? {
        guard let refused, refused.id != id, now < refused.until else {
            refused = nil
            return nil
        }
        return ClientError(
            code: refused.code, message: "What was sent before this is to be repeated first.", id: id,
            retry: max(.milliseconds(1), now.duration(to: refused.retryAt)))
    }
}
