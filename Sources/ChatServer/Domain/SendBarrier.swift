/// Keeps one member's sends in order when some of them were refused. Pure.
///
/// Whoever gave a send an id will repeat it: what arrives after it must not pass it meanwhile, and is refused as well. So
/// those refused wait here in their order, and only the first of them may be tried again. One that isn't repeated, since
/// its client has given up or has seen it kept after all, is passed over after a while, and the next one is the first then.
struct SendBarrier {
    /// How long later sends are refused because of one, unless it is repeated.
    static let duration: Duration = .seconds(5)
    /// How long sends are refused at most where their client repeats none of them.
    static let longestDuration: Duration = .seconds(10)
    /// So many are remembered; what is refused beyond that has no place in the order.
    static let limit = 64

    private struct Refused {
        let id: String
        var code: ClientError.Code
        var retryAt: ContinuousClock.Instant
        /// When others may pass it.
        var until: ContinuousClock.Instant
        /// When others may pass it at the latest, as long as nothing is repeated.
        var limit: ContinuousClock.Instant
    }

    /// In the order in which they are to be repeated. Empty for most members, always: it holds no memory then.
    private var refused: [Refused] = []

    /// Sends were refused, in this order. One without an id can't be repeated: nothing waits for it.
    mutating func refused(_ errors: [ClientError], at now: ContinuousClock.Instant) {
        // They had been let through, so they are before all that wait.
        let limit = refused.first?.limit ?? now.advanced(by: Self.longestDuration)
        let first = errors.compactMap { error in
            error.id.map { id in
                Refused(
                    id: id, code: error.code, retryAt: now.advanced(by: error.retry ?? .zero),
                    until: min(now.advanced(by: Self.duration), limit), limit: limit)
            }
        }
        refused = Array((first + refused).prefix(Self.limit))
    }

    /// Why a send that arrives now must be refused because of one before it; nil where it may be tried.
    mutating func refusal(of id: String?, at now: ContinuousClock.Instant) -> ClientError? {
        refused.removeAll { $0.until <= now }
        guard let first = refused.first else {
            refused = []
            return nil
        }
        let place = refused.firstIndex { $0.id == id }
        if place != nil {
            let limit = now.advanced(by: Self.longestDuration)
            for index in refused.indices { refused[index].limit = limit }
        }
        if place == 0 {
            refused.removeFirst()
            return nil
        }
        let wait = max(.milliseconds(1), now.duration(to: first.retryAt))
        if let id { keep(id, at: place, behind: first, retryAt: now.advanced(by: wait), at: now) }
        return ClientError(
            code: first.code, message: "What was sent before this is to be repeated first.", id: id, retry: wait)
    }

    private mutating func keep(
        _ id: String, at place: Int?, behind first: Refused, retryAt: ContinuousClock.Instant,
        at now: ContinuousClock.Instant
    ) {
        let limit = place.map { refused[$0].limit } ?? first.limit
        let entry = Refused(
            id: id, code: first.code, retryAt: retryAt, until: min(now.advanced(by: Self.duration), limit), limit: limit
        )
        if let place { refused[place] = entry } else if refused.count < Self.limit { refused.append(entry) }
    }
}
