import Testing

@testable import ChatServer
@testable import Rooms

@Suite("When a message is kept thoroughly")
struct SendUpkeepTests {
    @Test("the first one, every sixteenth, one an hour, and the next where something isn't as it should be")
    func turns() {
        var upkeep = SendUpkeep()
        let start = ContinuousClock.now
        let quick = (0..<40).map { _ in upkeep.mayBeQuick(at: start) }
        #expect(quick.indices.filter { !quick[$0] } == [0, 16, 32])
        let hours = [3_600, 7_199].map { upkeep.mayBeQuick(at: start + .seconds($0)) }
        #expect(hours == [false, true])
        upkeep.demand()
        let demanded = [7_199, 7_200].map { upkeep.mayBeQuick(at: start + .seconds($0)) }
        #expect(demanded == [false, true])
    }
}
