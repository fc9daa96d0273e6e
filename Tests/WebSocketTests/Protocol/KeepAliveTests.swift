import Testing
import WebSocket

@Suite("Keep-alive")
struct KeepAliveTests {
    let start = ContinuousClock.now

    func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test("a quiet peer is pinged after the interval and lost after the timeout")
    func quiet() {
        var keepAlive = KeepAlive(interval: .seconds(20), timeout: .seconds(10), now: start)
        #expect(keepAlive.deadline == at(20))
        #expect(keepAlive.due(at: at(19.9)) == .none)
        #expect(keepAlive.due(at: at(20)) == .ping)
        #expect(keepAlive.deadline == at(30))
        #expect(keepAlive.due(at: at(29.9)) == .none)
        #expect(keepAlive.due(at: at(30)) == .lost)
    }

    @Test("the first ping may come earlier, so that those who came together are not pinged together for ever")
    func advance() {
        for (advance, seconds) in [(0.0, 20.0), (0.25, 15), (1, 0), (7, 0), (-3, 20)] {
            var keepAlive = KeepAlive(interval: .seconds(20), timeout: .seconds(10), now: start, advance: advance)
            #expect(keepAlive.deadline == at(seconds))
            #expect(keepAlive.due(at: at(seconds)) == .ping)
            keepAlive.heard(at: at(seconds + 1))
            #expect(keepAlive.deadline == at(seconds + 21))
        }
    }

    @Test("any bytes are an answer, and put off the next ping")
    func heard() {
        var keepAlive = KeepAlive(interval: .seconds(20), timeout: .seconds(20), now: start)
        keepAlive.heard(at: at(15))
        #expect(keepAlive.due(at: at(20)) == .none)
        #expect(keepAlive.due(at: at(35)) == .ping)
        keepAlive.heard(at: at(36))
        #expect(keepAlive.deadline == at(56))
        #expect(keepAlive.due(at: at(56)) == .ping)
    }

    @Test("bytes that answer a ping bring the next deadline nearer, and say so")
    func answer() {
        let start = ContinuousClock.now
        var keepAlive = KeepAlive(interval: .seconds(1), timeout: .seconds(60), now: start)
        let early = keepAlive.heard(at: start)
        _ = keepAlive.due(at: start + .seconds(1))
        let answer = keepAlive.heard(at: start + .seconds(2))
        let deadline = keepAlive.deadline
        #expect(!early && answer && deadline == start + .seconds(3))
    }

    @Test("a timer that fires late still gives the peer its whole timeout")
    func late() {
        var keepAlive = KeepAlive(interval: .seconds(20), timeout: .seconds(20), now: start)
        #expect(keepAlive.due(at: at(100)) == .ping)
        #expect(keepAlive.due(at: at(101)) == .none)
        #expect(keepAlive.deadline == at(120))
    }

    @Test("absurd durations are brought within bounds", arguments: [Duration.zero, .seconds(-5), .seconds(Int64.max)])
    func bounds(_ duration: Duration) {
        let keepAlive = KeepAlive(interval: duration, timeout: duration, now: start)
        #expect(keepAlive.deadline > start)
        #expect(keepAlive.deadline < start + .seconds(60 * 86_400))
    }
}
