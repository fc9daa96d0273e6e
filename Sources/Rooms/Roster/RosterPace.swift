/// How changes of a room's roster are told: one by one, or, where there are many a second, together. Pure.
package struct RosterPace {
    /// How often a roster that changes much is told.
    static let interval: Duration = .milliseconds(100)
    /// Changes a second, on average, that are told one by one; three times as many at once.
    static let single = 20

    private enum State {
        case single
        /// Too much has changed: from the next look on, changes are gathered.
        case exceeded
        /// What everybody has been told, and whether more has changed since.
        case gathering(told: Roster, isPending: Bool)
    }

    private var state = State.single
    private var rate = RateLimit()
    /// Who is to be shown the roster when everybody else knows it.
    private var waiting: [CatchUp] = []

    /// Whether a change waits to be told: nobody is shown the roster meanwhile.
    var isPending: Bool { if case .gathering(_, true) = state { true } else { false } }

    /// The roster has changed. True: this change is told by itself.
    mutating func tellsSingly(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .single:
            if rate.take(at: now, perSecond: Self.single) != nil { state = .exceeded }
            return true
        case .exceeded: return true
        case .gathering(let told, _):
            state = .gathering(told: told, isPending: true)
            return false
        }
    }

    /// All changes up to this roster have been told. True: from now on they are gathered, and told once an interval.
    mutating func begins(with roster: Roster) -> Bool {
        guard case .exceeded = state else { return false }
        state = .gathering(told: roster, isPending: false)
        return true
    }

    mutating func wait(_ catchUp: CatchUp) { waiting.append(catchUp) }

    /// An interval is over.
    /// - Returns: what is to be told, and who is shown the roster then; nil when nothing has changed for an interval: from
    ///   now on changes are told one by one again.
    mutating func intervalEnds(with roster: Roster) -> (changes: [RosterChange], waiting: [CatchUp])? {
        guard case .gathering(let told, true) = state else {
            state = .single
            return nil
        }
        state = .gathering(told: roster, isPending: false)
        return (told.changes(to: roster), takeWaiting())
    }

    /// Everybody is shown the roster anew, or its size alone.
    /// - Returns: who has waited for it.
    mutating func ends() -> [CatchUp] {
        state = .single
        return takeWaiting()
    }

    private mutating func takeWaiting() -> [CatchUp] {
        defer { waiting = [] }
        return waiting
    }
}
