import Testing

@testable import ChatServer

@Suite("The rate limit")
struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test("a burst is let through, then one at a time as time goes by")
    func burst() {
        var limit = RateLimit(perSecond: 10, burst: 30, now: start)
        for _ in 0..<30 { #expect(limit.take(at: start) == nil) }
        #expect(limit.take(at: start) == .milliseconds(100))
        #expect(limit.take(at: start + .milliseconds(40)).map { $0 <= .milliseconds(61) } == true)
        #expect(limit.take(at: start + .milliseconds(101)) == nil)
        #expect(limit.take(at: start + .milliseconds(102)) != nil)
    }

    @Test("whoever waits as long as it is told is let through")
    func waitingHelps() {
        var limit = RateLimit(perSecond: 7, burst: 21, now: start)
        var now = start
        for _ in 0..<21 { _ = limit.take(at: now) }
        for _ in 0..<50 {
            let wait = limit.take(at: now) ?? .zero
            #expect(wait > .zero)
            now += wait + .microseconds(1)
            #expect(limit.take(at: now) == nil)
        }
    }

    @Test("a long rest saves up no more than a burst")
    func rest() {
        var limit = RateLimit(perSecond: 10, burst: 30, now: start)
        let later = start + .seconds(3_600)
        #expect((0..<100).count { _ in limit.take(at: later) == nil } == 30)
    }

    @Test("a clock that steps back gives nothing and takes nothing")
    func backwards() {
        var limit = RateLimit(perSecond: 1, burst: 1, now: start)
        #expect(limit.take(at: start) == nil)
        #expect(limit.take(at: start - .seconds(100)) != nil)
        #expect(limit.take(at: start + .milliseconds(999)) != nil)
        #expect(limit.take(at: start + .seconds(1)) == nil)
    }

    @Test("0 switches it off")
    func off() {
        var limit = RateLimit(perSecond: 0, burst: 0, now: start)
        for _ in 0..<10_000 { #expect(limit.take(at: start) == nil) }
    }
}
