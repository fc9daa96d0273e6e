import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Presence: who is dead, on a clock of its own")
struct PresenceTests {
    private let start = ContinuousClock.now
    private var presence = Presence(server: "me")
    /// When this server's lease ends, as the store has it.
    private var written: Int64?

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// Renews once a second from `first` to `last`, with leases of others that end at these seconds of the store's time.
    /// - Parameters:
    ///   - alive: others who renew theirs likewise.
    ///   - step: by so many seconds the store's clock is ahead.
    @discardableResult
    private mutating func renew(
        from first: Int = 0, until last: Int, others: [String: Int64] = [:], alive: [String] = [], run: String = "run",
        step: Int64 = 0
    ) -> Bool {
        var isUnchanged = true
        for second in first...last {
            let now = (Int64(second) + step) * 1_000
            var expiry = others.mapValues { $0 * 1_000 }
            for name in alive { expiry[name] = now + 3_500 }
            if let written { expiry["me"] = written }
            written = now + 4_000
            let leases = Leases(run: run, now: now, expiry: expiry)
            isUnchanged = presence.renewed(leases, at: at(Double(second))) && isUnchanged
        }
        return isUnchanged
    }

    @Test("a lease that goes before its server was found dead is a dead server's all the same, and is told once")
    mutating func vanished() {
        renew(until: 3, others: ["dead": 2])
        #expect(presence.dead(at: at(3)) == [], "nobody is judged yet")
        // The store's clock was put ahead: what had expired long ago is gone.
        renew(from: 4, until: 9)
        #expect(presence.dead(at: at(9)) == ["dead"])
        // One that was found dead, and whose lease is forgotten then, isn't found again.
        var other = PresenceTests()
        other.renew(until: 10, others: ["dead": 5])
        #expect(other.presence.dead(at: other.at(10)) == ["dead"])
        other.renew(from: 11, until: 30)
        #expect(other.presence.dead(at: other.at(30)) == [])
    }

    @Test("a lease that is over is a dead server's, at once; one that isn't is nobody's business")
    mutating func expired() {
        renew(until: 10, others: ["dead": 9], alive: ["alive"])
        #expect(presence.dead(at: at(10)) == ["dead"])
        #expect(presence.alive(at: at(10)) == ["alive"])
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

    @Test(
        "the store's clock is put forward or back: who renews is alive, and who doesn't is dead soon all the same",
        arguments: [30, 60, 3_600, -30, -60, -3_600])
    mutating func clockSteps(seconds: Int64) {
        renew(until: 10, alive: ["alive", "dying"])
        // The leases as they stood before the step, then renewed by the new clock, but for one.
        renew(from: 11, until: 11, others: ["alive": 13, "dying": 13], step: seconds)
        #expect(presence.dead(at: at(11)) == [], "nobody by the clock alone")
        renew(from: 12, until: 12, others: ["dying": 13], alive: ["alive"], step: seconds)
        #expect(presence.dead(at: at(12)) == [])
        renew(from: 13, until: 16, others: ["dying": 13], alive: ["alive"], step: seconds)
        #expect(presence.dead(at: at(16)) == ["dying"])
        renew(from: 17, until: 30, alive: ["alive"], step: seconds)
        #expect(presence.dead(at: at(30)) == [])
    }

    @Test("a server that renews every other second is alive, whenever the clock is put forward")
    mutating func slowRenewal() {
        var ends: Int64 = 3
        for second in 0...20 {
            if second % 2 == 0 { ends = Int64(second) + 4 }
            renew(from: second, until: second, others: ["slow": ends], step: second >= 13 ? 60 : 0)
            #expect(presence.dead(at: at(Double(second))) == [], "\(second)")
        }
    }

    @Test("a lease of one's own that isn't the one written last: the store's data are others")
    mutating func ownLease() {
        #expect(renew(until: 10))
        #expect(renew(from: 11, until: 12, step: 30), "whatever its clock says")
        written = 8_000
        #expect(!renew(from: 13, until: 13, step: 30))
        written = nil
        #expect(!renew(from: 14, until: 14, step: 30))
        #expect(renew(from: 15, until: 15, step: 30))
        presence.interrupted()
        #expect(renew(from: 16, until: 16, step: 30))
        presence.interrupted()
        written = 1_000
        #expect(!renew(from: 17, until: 17, step: 30), "as after a copy was taken from another server")
    }

    @Test("who has missed a lease of its own judges nobody by what it knew before")
    mutating func frozen() {
        renew(until: 10, others: ["dead": 9])
        #expect(!presence.hasMissed(at: at(13)) && presence.hasMissed(at: at(14.1)))
        #expect(presence.dead(at: at(14.1)) == [])
    }
}
