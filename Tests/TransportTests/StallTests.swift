import TestSupport
import Testing

@testable import Transport

struct StallTests {
    private final class Watch: StallHandler {
        let stalls: Recorder<Duration>
        init(_ stalls: Recorder<Duration>) { self.stalls = stalls }
        func loopStalled(for time: Duration, on loop: isolated EventLoop) { stalls.record(time) }
    }

    /// Sets itself again for a time that is over already, so that something is due at the end of every turn.
    private final class Overdue: TimerHandler {
        let origin: ContinuousClock.Instant
        let turns: Recorder<Int>
        init(_ turns: Recorder<Int>, origin: ContinuousClock.Instant) { (self.turns, self.origin) = (turns, origin) }
        func timerFired(on loop: isolated EventLoop) {
            turns.record(turns.events.count)
            if turns.events.count < 100 { _ = loop.schedule(self, at: origin) }
        }
    }

    @Test("a timer that is set for what is over already is not taken for standing still, however old the loop is")
    func overdueTimers() async throws {
        let loop = TestLoops.next()
        let (stalls, turns) = (Recorder<Duration>(), Recorder<Int>())
        await loop.run { loop in
            loop.watchForStalls(longerThan: .seconds(5), Watch(stalls))
            _ = loop.schedule(Overdue(turns, origin: loop.now - .seconds(3_600)), at: loop.now)
        }
        try await turns.wait("it has fired in many turns") { $0.count == 100 }
        #expect(stalls.events.isEmpty)
    }
}
