/// Which servers are dead: by their leases in the store, judged only by who has a lease itself. Pure.
struct Presence: Sendable {
    /// A lease is renewed so often,
    static let renewal: Duration = .seconds(1)
    /// and lasts so long.
    static let lease: Duration = .seconds(4)
    /// A server that a roster names and that has no lease at all is dead after so long.
    static let patience: Duration = .seconds(5)
    /// An expired lease stays in sight for so long.
    static let memory: Duration = .seconds(60)

    private let server: String
    /// When this server's unbroken time on the store began; nil while it has none.
    private var upSince: ContinuousClock.Instant?
    private var lastRenewal: ContinuousClock.Instant?
    private var leases = Leases(now: 0, expiry: [:])
    /// Servers that rosters name and that have no lease, and since when.
    private var missing: [String: ContinuousClock.Instant] = [:]

    init(server: String) { self.server = server }

    /// The lease was renewed.
    mutating func renewed(_ leases: Leases, at now: ContinuousClock.Instant) {
        // Whoever was away for a lease has been swept by others, and must not judge by what it missed.
        if hasMissed(at: now) { upSince = nil }
        lastRenewal = now
        if upSince == nil { upSince = now }
        self.leases = leases
        missing = missing.filter { leases.expiry[$0.key] == nil }
    }

    /// Whether more time than a lease has passed since the last renewal: others may have judged this server dead.
    func hasMissed(at now: ContinuousClock.Instant) -> Bool {
        lastRenewal.map { $0.advanced(by: Self.lease) < now } ?? false
    }

    /// The store was lost: whatever it says next is judged afresh.
    mutating func interrupted() { upSince = nil }

    /// Rosters name these servers.
    mutating func seen(_ servers: some Sequence<String>, at now: ContinuousClock.Instant) {
        for name in servers where name != server && leases.expiry[name] == nil && missing[name] == nil {
            missing[name] = now
        }
    }

    /// The servers whose members are to be removed. Nobody is judged before this server's own link is a lease old.
    mutating func dead(at now: ContinuousClock.Instant) -> Set<String> {
        guard let upSince, upSince.advanced(by: Self.lease) <= now else { return [] }
        let expired = leases.expiry.filter { $0.value < leases.now && $0.key != server }.map(\.key)
        let gone = missing.filter { $0.value.advanced(by: Self.patience) <= now }.map(\.key)
        // What is asked for again and again is forgotten when no roster names it any more.
        missing = missing.filter { $0.value.advanced(by: Self.memory) > now }
        return Set(expired + gone)
    }
}
