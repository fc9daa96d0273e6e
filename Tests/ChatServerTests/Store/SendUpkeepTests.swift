import Testing

@testable import ChatServer

@Suite("When a message is kept thoroughly")
struct SendUpkeepTests {
    @Test("the first one, every sixteenth, one an hour, and the next where something isn't as it should be")
    func turns() {
        var upkeep = SendUpkeep()
        let start = ContinuousClock.now
        let quick = (0..<40).map { _ in upkeep.mayBeQuick(at: start) }
        #expect(quick.indices.filter { !quick[$0] } == [0, 16, 32])
        #expect(!upkeep.mayBeQuick(at: start + .seconds(3_600)))
        #expect(upkeep.mayBeQuick(at: start + .seconds(7_199)))
        upkeep.demand()
        #expect(!upkeep.mayBeQuick(at: start + .seconds(7_199)))
        #expect(upkeep.mayBeQuick(at: start + .seconds(7_200)))
    }
}
