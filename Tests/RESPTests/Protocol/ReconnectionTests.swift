import Testing

@testable import RESP

struct ReconnectionTests {
    private var generator = SystemRandomNumberGenerator()

    @Test("delays double up to a second, and are never shorter than half of their step")
    func bounds() {
        var generator = generator
        for _ in 0..<100 {
            var reconnection = Reconnection()
            var step = Duration.milliseconds(20)
            for _ in 0..<30 {
                let delay = reconnection.nextDelay(using: &generator)
                #expect(delay >= step / 2 && delay <= step)
                #expect(delay <= .seconds(1))
                step = min(.seconds(1), step * 2)
            }
        }
    }

    @Test("delays are spread: two clients that lost one server don't come back together")
    func jitter() {
        var generator = generator
        var first: Set<Duration> = []
        for _ in 0..<50 {
            var reconnection = Reconnection()
            first.insert(reconnection.nextDelay(using: &generator))
        }
        #expect(first.count > 40)
    }

    @Test("a link that held makes the next delay short again")
    func success() {
        var reconnection = Reconnection()
        var generator = generator
        for _ in 0..<10 { _ = reconnection.nextDelay(using: &generator) }
        reconnection.succeeded()
        #expect(reconnection.nextDelay(using: &generator) <= .milliseconds(20))
    }
}
