import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What time it is for Redis")
struct RedisClockTests {
    private let now = ContinuousClock.now

    @Test("it isn't known before Redis has told")
    func unknown() { #expect(RedisClock().time(of: now, now: now) == nil) }

    @Test("times before and after an answer are told by it; the answer was given halfway")
    func known() {
        var clock = RedisClock()
        clock.observe(1_000_000, asked: now, answered: now + .milliseconds(40))
        #expect(clock.time(of: now + .milliseconds(20), now: now) == 1_000_000)
        #expect(clock.time(of: now + .milliseconds(1_020), now: now) == 1_001_000)
        #expect(clock.time(of: now - .milliseconds(2_980), now: now) == 997_000)
    }

    @Test("an answer that took longer than the tolerance is passed over, the newest of the others counts")
    func slow() {
        var clock = RedisClock()
        clock.observe(500, asked: now, answered: now + RedisClock.tolerance + .milliseconds(1))
        #expect(clock.time(of: now, now: now) == nil)
        clock.observe(1_000, asked: now, answered: now)
        clock.observe(9_000, asked: now, answered: now + .seconds(3))
        #expect(clock.time(of: now, now: now) == 1_000)
        clock.observe(2_000, asked: now, answered: now)
        #expect(clock.time(of: now, now: now) == 2_000)
    }

    @Test("a reading doesn't count for ever, and what is no time is none")
    func doubtful() {
        var clock = RedisClock()
        for time in [-1, 1_000_000_000_000_000, .max] as [Int64] {
            clock.observe(time, asked: now, answered: now)
            #expect(clock.time(of: now, now: now) == nil)
        }
        clock.observe(1_000, asked: now, answered: now)
        #expect(clock.time(of: now, now: now + .seconds(600)) == 1_000)
        #expect(clock.time(of: now, now: now + .seconds(601)) == nil)
    }
}
