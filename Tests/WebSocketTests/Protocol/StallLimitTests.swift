import Testing

@testable import WebSocket

@Suite("Peers that take nothing")
struct StallLimitTests {
    @Test("are given up when their time is over, and every byte they take begins it anew")
    func limit() {
        let start = ContinuousClock.now
        let limit = StallLimit(timeout: .seconds(30))
        #expect(!limit.isOver(since: start, at: start + .seconds(29)))
        #expect(limit.isOver(since: start, at: start + .seconds(30)))
        #expect(!limit.isOver(since: start + .seconds(29), at: start + .seconds(58)))
        #expect(limit.isOver(since: start + .seconds(29), at: start + .seconds(59)))
    }
}
