import Rooms

/// Keeps one member's sends in order when some of them were refused. Pure.
///
/// Whoever gave a send an id will repeat it: what arrives after it must not pass it meanwhile, and is refused as well. So
/// those refused wait here in their order, and only the first of them may be tried again.
///
/// A client may have given one of them up, or have seen that it was kept after all. That can't be told from time alone: what
/// it sends may have been on its way before it read of the refusal, however long ago that was. But a send that comes again was
/// refused before, and its client has read of all refusals up to that one: when it comes again without those of them that
/// stand before it, they are passed over, after a while.
struct SendBarrier {
    /// How long a send must not be passed by one that is repeated.
    static let duration: Duration = .seconds(5)
    /// So long, or so often, everything is refused to a client that repeats nothing.
    static let longestDuration: Duration = .seconds(30)
    static let limit = 64

    private struct Refused {
        let id: String
        /// Counts the refusals, in the order in which the client reads of them.
        let number: Int
        let code: ClientError.Code
        let at: ContinuousClock.Instant
        let retryAt: ContinuousClock.Instant

        func mayBePassed(at now: ContinuousClock.Instant) -> Bool { at.advanced(by: SendBarrier.duration) <= now }
    }

    /// In the order in which they are to be repeated. Empty for most members, always: it holds no memory then.
    private var refused: [Refused] = []

    /// Sends that had been let through were refused, in this order. One without an id can't be repeated: nothing waits for it.
    mutating func refused(_ errors: [ClientError], at now: ContinuousClock.Instant) {
        var number = lastNumber
        let first = errors.compactMap { error in
            error.id.map { id in
                number += 1
                return Refused(
                    id: id, number: number, code: error.code, at: now, retryAt: now.advanced(by: error.retry ?? .zero))
            }
        }
        // They were before all that wait.
        refused = Array((first + refused).prefix(Self.limit))
    }

    /// Why a send that arrives now must be refused because of one before it; nil where it may be tried.
    mutating func refusal(of id: String?, at now: ContinuousClock.Instant) -> ClientError? {
        if refused.isEmpty { return nil }
        let place = refused.firstIndex { $0.id == id }
        if place != nil || id == nil {
            let number = place.map { refused[$0].number } ?? .max
            while let first = refused.first, first.id != id, first.number < number, first.mayBePassed(at: now) {
                refused.removeFirst()
            }
        } else if refused.count >= Self.limit || repeatsNothing(at: now) {
            refused = []
        }
        guard let first = refused.first, first.id != id else {
            // It is the first, or none is left.
            if !refused.isEmpty { refused.removeFirst() }
            if refused.isEmpty { refused = [] }
            return nil
        }
        let wait = max(.milliseconds(1), now.duration(to: first.retryAt))
        if let id {
            let entry = Refused(
                id: id, number: lastNumber + 1, code: first.code, at: now, retryAt: now.advanced(by: wait))
            if let place = refused.firstIndex(where: { $0.id == id }) {
                refused[place] = entry
            } else {
                refused.append(entry)
            }
        }
        return ClientError(
            code: first.code, message: "What was sent before this is to be repeated first.", id: id, retry: wait)
    }

    private var lastNumber: Int { refused.lazy.map(\.number).max() ?? 0 }

    /// Whether the first one has waited for so long that its client doesn't repeat what is refused.
    private func repeatsNothing(at now: ContinuousClock.Instant) -> Bool {
        refused.first.map { $0.at.advanced(by: Self.longestDuration) <= now } ?? false
    }
}
