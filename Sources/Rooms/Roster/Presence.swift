/// Which servers are dead: by their leases in the store, judged only by who has a lease itself. Pure.
///
/// A lease ends by the store's clock, which may be put forward or back. So a server is only dead when it has also renewed
/// nothing between two looks, some seconds apart on this server's own clock.
package struct Presence: Sendable {
    /// A lease is renewed so often,
    static let renewal: Duration = .seconds(1)
    /// and lasts so long.
    static let lease: Duration = .seconds(4)
    /// A server that a roster names and that has no lease at all is dead after so long.
    static let patience: Duration = .seconds(5)
    /// An expired lease stays in sight for so long.
    static let memory: Duration = .seconds(60)
    /// Whoever has renewed nothing for so long, between two looks and a half, is dead once its lease is over,
    private static let silence = renewal * 5 / 2
    /// and after so long whatever the store's clock says: it may have been put back.
    private static let longSilence = lease + renewal

    private struct Sighting {
        var expiry: Int64
        /// When it was first seen to end then.
        var since: ContinuousClock.Instant
    }

    private let server: String
    /// When this server's unbroken time on the store began; nil while it has none.
    private var upSince: ContinuousClock.Instant?
    private var lastRenewal: ContinuousClock.Instant?
    private var leases = Leases(now: 0, expiry: [:])
    /// The leases of the others, during this server's unbroken time.
    private var sightings: [String: Sighting] = [:]
    /// Servers that rosters name and that have no lease, and since when.
    private var missing: [String: ContinuousClock.Instant] = [:]
    /// Those found dead at the last look.
    private var judged: Set<String> = []
    /// When this server's own lease ends, as it has written it last, as far as it has heard.
    private var written: Int64?

    init(server: String) { self.server = server }

    /// The lease was renewed.
    /// - Returns: whether the store still had the lease written before. Otherwise it may have lost its data, or an older
    ///   copy of them was put back.
    @discardableResult
    mutating func renewed(_ leases: Leases, at now: ContinuousClock.Instant) -> Bool {
        // Whoever was away for a lease has been swept by others, and must not judge by what it missed.
        // A new run of the store may have begun with a copy in which everybody's lease is over.
        if hasMissed(at: now) || leases.run != self.leases.run { interrupted() }
        lastRenewal = now
        if upSince == nil { upSince = now }
        // A lease that has gone without its server having been found dead, since the store's clock was put ahead or its data
        // were put back, may still stand in a roster that nobody reads again.
        for name in self.leases.expiry.keys
        where name != server && leases.expiry[name] == nil && !judged.contains(name) && missing[name] == nil {
            missing[name] = now
        }
        self.leases = leases
        sightings = sightings.filter { leases.expiry[$0.key] != nil }
        for (name, expiry) in leases.expiry where name != server && sightings[name]?.expiry != expiry {
            sightings[name] = Sighting(expiry: expiry, since: now)
        }
        missing = missing.filter { leases.expiry[$0.key] == nil }
        defer { written = leases.now + Int64(Self.lease.milliseconds) }
        return written == nil || leases.expiry[server] == written
    }

    /// Whether more time than a lease has passed since the last renewal: others may have judged this server dead.
    func hasMissed(at now: ContinuousClock.Instant) -> Bool {
        lastRenewal.map { $0.advanced(by: Self.lease) < now } ?? false
    }

    /// The store was lost: whatever it says next is judged afresh.
    mutating func interrupted() { (upSince, sightings) = (nil, [:]) }

    /// Rosters name these servers.
    mutating func seen(_ servers: some Sequence<String>, at now: ContinuousClock.Instant) {
        for name in servers where name != server && leases.expiry[name] == nil && missing[name] == nil {
            missing[name] = now
        }
    }

    /// The servers whose members are to be removed. Nobody is judged before this server's own link is a lease old.
    mutating func dead(at now: ContinuousClock.Instant) -> Set<String> {
        guard let upSince, upSince.advanced(by: Self.lease) <= now else { return [] }
        // What was known before a freeze says nothing of those who have come back since.
        guard let lastRenewal, lastRenewal.advanced(by: Self.renewal * 2) >= now else { return [] }
        // Up to the last look: what has been renewed since can't be known.
        let silent = sightings.filter { _, sighting in
            let silence = sighting.since.duration(to: lastRenewal)
            return silence >= (sighting.expiry < leases.now ? Self.silence : Self.longSilence)
        }
        let gone = missing.filter { $0.value.advanced(by: Self.patience) <= now }.map(\.key)
        // What is asked for again and again is forgotten when no roster names it any more.
        missing = missing.filter { $0.value.advanced(by: Self.memory) > now }
        judged = Set(silent.keys).union(gone)
        return judged
    }

    /// The others who are alive, as far as is known.
    func alive(at now: ContinuousClock.Instant) -> Set<String> {
        guard let lastRenewal else { return [] }
        return Set(sightings.filter { $0.value.since.duration(to: lastRenewal) < Self.silence }.keys)
    }
}
