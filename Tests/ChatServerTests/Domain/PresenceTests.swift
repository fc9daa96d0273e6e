import Testing

@testable import ChatServer

@Suite("Presence: who is dead, on a clock of its own")
struct PresenceTests {
    private let start = ContinuousClock.now
    private var presence = Presence(server: "me")

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// Renews once a second from 0 to `last`, with leases of others that end at these seconds of the store's time.
    private mutating func renew(until last: Int, others: [String: Int64] = [:], run: String = "run") {
        for second in 0...last {
            let now = Int64(second) * 1_000
            var expiry = others.mapValues { $0 * 1_000 }
            expiry["me"] = now + 4_000
            presence.renewed(Leases(run: run, now: now, expiry: expiry), at: at(Double(second)))
        }
    }

    @Test("a lease that is over is a dead server's, at once; one that isn't is nobody's business")
    mutating func expired() {
        renew(until: 10, others: ["dead": 9, "alive": 12])
        #expect(presence.dead(at: at(10)) == ["dead"])
    }

    @Test("nobody is judged before this server's own link is a lease old")
    mutating func ownLeaseFirst() {
        renew(until: 3, others: ["dead": -60])
        #expect(presence.dead(at: at(3.9)) == [])
        renew(until: 4, others: ["dead": -60])
        #expect(presence.dead(at: at(4)) == ["dead"])
    }

    @Test("a server without any lease is dead five seconds after a roster has named it, unless it turns up")
    mutating func missing() {
        renew(until: 10)
        presence.seen(["gone", "late", "me"], at: at(10))
        #expect(presence.dead(at: at(10)) == [])
        for second in 11...15 {
            presence.renewed(
                Leases(run: "run", now: Int64(second) * 1_000, expiry: ["late": 99_000]), at: at(Double(second)))
        }
        #expect(presence.dead(at: at(15)) == ["gone"])
    }

    @Test("after an interruption, and on another run of the store, everybody is judged afresh")
    mutating func afresh() {
        renew(until: 10, others: ["dead": 9])
        presence.interrupted()
        presence.renewed(Leases(run: "run", now: 11_000, expiry: ["dead": 9_000]), at: at(11))
        #expect(presence.dead(at: at(11)) == [])
        for second in 12...15 {
            presence.renewed(
                Leases(run: "run", now: Int64(second) * 1_000, expiry: ["dead": 9_000]), at: at(Double(second)))
        }
        #expect(presence.dead(at: at(15)) == ["dead"])
        presence.renewed(Leases(run: "other", now: 16_000, expiry: ["dead": 9_000]), at: at(16))
        #expect(presence.dead(at: at(16)) == [])
    }

    @Test("who has missed a lease of its own judges nobody by what it knew before")
    mutating func frozen() {
        renew(until: 10, others: ["dead": 9])
        #expect(!presence.hasMissed(at: at(13)) && presence.hasMissed(at: at(14.1)))
        #expect(presence.dead(at: at(14.1)) == [])
    }
}
