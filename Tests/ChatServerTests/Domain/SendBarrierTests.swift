import Testing

@testable import ChatServer

@Suite("The order of one member's sends")
struct SendBarrierTests {
    private let start = ContinuousClock.now

    @Test("after a send that could not be done, later ones are refused until it is repeated")
    func repeated() {
        var barrier = SendBarrier()
        let first = barrier.admits("a", at: start)
        barrier.refused("a", at: start)
        let later = [barrier.admits("b", at: start), barrier.admits(nil, at: start + .seconds(4))]
        let again = barrier.admits("a", at: start + .seconds(4))
        let then = barrier.admits("b", at: start + .seconds(4))
        #expect(first && later == [false, false] && again && then)
    }

    @Test("one that is never repeated holds the others up for 5 s")
    func abandoned() {
        var barrier = SendBarrier()
        barrier.refused("a", at: start)
        let early = barrier.admits("b", at: start + .milliseconds(4_999))
        let late = barrier.admits("b", at: start + .seconds(5))
        #expect(!early && late)
    }

    @Test("nothing waits for a send without an id, which can't be repeated")
    func nameless() {
        var barrier = SendBarrier()
        barrier.refused(nil, at: start)
        let next = barrier.admits("b", at: start)
        #expect(next)
    }
}
