import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The rate limit")
struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test("a burst is let through, then one at a time as time goes by")
    func burst() {
        var limit = RateLimit()
        for _ in 0..<30 { #expect(limit.take(at: start, perSecond: 10) == nil) }
        #expect(limit.take(at: start, perSecond: 10) == .milliseconds(100))
        #expect(limit.take(at: start + .milliseconds(40), perSecond: 10).map { $0 <= .milliseconds(61) } == true)
        #expect(limit.take(at: start + .milliseconds(101), perSecond: 10) == nil)
        #expect(limit.take(at: start + .milliseconds(102), perSecond: 10) != nil)
    }

    @Test("whoever waits as long as it is told is let through")
    func waitingHelps() {
        var limit = RateLimit()
        var now = start
        for _ in 0..<21 { _ = limit.take(at: now, perSecond: 7) }
        for _ in 0..<50 {
            let wait = limit.take(at: now, perSecond: 7) ?? .zero
            #expect(wait > .zero)
            now += wait + .microseconds(1)
            #expect(limit.take(at: now, perSecond: 7) == nil)
        }
    }

    @Test("a long rest saves up no more than a burst")
    func rest() {
        var limit = RateLimit()
        let later = start + .seconds(3_600)
        #expect((0..<100).count { _ in limit.take(at: later, perSecond: 10) == nil } == 30)
    }

    @Test("a clock that steps back gives nothing and takes nothing")
    func backwards() {
        var limit = RateLimit()
        for _ in 0..<3 { #expect(limit.take(at: start, perSecond: 1) == nil) }
        #expect(limit.take(at: start - .seconds(100), perSecond: 1) != nil)
        #expect(limit.take(at: start + .milliseconds(999), perSecond: 1) != nil)
        #expect(limit.take(at: start + .seconds(1), perSecond: 1) == nil)
    }

    @Test("0 switches it off")
    func off() {
        var limit = RateLimit()
        for _ in 0..<10_000 { #expect(limit.take(at: start, perSecond: 0) == nil) }
    }
}
