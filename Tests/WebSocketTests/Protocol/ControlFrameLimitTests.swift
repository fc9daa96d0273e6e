import Testing

@testable import WebSocket

@Suite("How many pings and pongs a peer may send")
struct ControlFrameLimitTests {
    @Test("so many within a second, and as many in the next")
    func limit() {
        var limit = ControlFrameLimit()
        var admitted: [Int] = []
        for second in [0, 1, 1, 5, 65_536 + 5] {
            admitted.append((0..<60).count { _ in limit.admits(at: .seconds(second), limit: 100) })
        }
        #expect(admitted == [60, 60, 40, 60, 40])
    }

    @Test("no number of them wraps around")
    func many() {
        var limit = ControlFrameLimit()
        let admitted = (0..<200_000).count { _ in limit.admits(at: .zero, limit: 10) }
        #expect(admitted == 10)
    }
}
