import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The order of one member's sends")
struct SendBarrierTests {
    private let start = ContinuousClock.now

    private func error(_ id: String?, code: ClientError.Code = .unavailable) -> ClientError {
        ClientError(code: code, message: "", id: id, retry: .seconds(1))
    }

    @Test("after a send that was refused, later ones are refused until it is repeated")
    func repeated() {
        var barrier = SendBarrier()
        let first = barrier.refusal(of: "a", at: start)
        barrier.refused([error("a")], at: start)
        let later = [barrier.refusal(of: "b", at: start), barrier.refusal(of: nil, at: start + .seconds(4))]
        let again = barrier.refusal(of: "a", at: start + .seconds(4))
        let then = barrier.refusal(of: "b", at: start + .seconds(4))
        #expect(first == nil && later.allSatisfy { $0 != nil } && again == nil && then == nil)
    }

    @Test(
        "they are refused as that one was, and told to wait as long",
        arguments: [ClientError.Code.unavailable, .rateLimited])
    func asTheFirst(code: ClientError.Code) {
        var barrier = SendBarrier()
        barrier.refused([error("a", code: code)], at: start)
        let early = barrier.refusal(of: "b", at: start + .milliseconds(400))
        let late = barrier.refusal(of: "b", at: start + .seconds(2))
        #expect(early?.code == code && early?.id == "b" && early?.retry == .milliseconds(600))
        #expect((late?.retry ?? .zero) > .zero)
    }

    @Test("one that is never repeated holds the others up for 5 s")
    func abandoned() {
        var barrier = SendBarrier()
        barrier.refused([error("a")], at: start)
        let early = barrier.refusal(of: "b", at: start + .milliseconds(4_999))
        let late = barrier.refusal(of: "b", at: start + .seconds(5))
        #expect(early != nil && late == nil)
    }

    @Test("nothing waits for a send without an id, which can't be repeated, and it changes nothing")
    func nameless() {
        var barrier = SendBarrier()
        barrier.refused([error(nil)], at: start)
        let next = barrier.refusal(of: "b", at: start)
        barrier.refused([error("b")], at: start)
        barrier.refused([error(nil)], at: start)
        let after = barrier.refusal(of: "c", at: start)
        #expect(next == nil && after != nil)
    }

    @Test("when one that is never repeated is passed over, those refused because of it keep their order")
    func passedOver() {
        var barrier = SendBarrier()
        barrier.refused([error("kept after all")], at: start)
        let first = barrier.refusal(of: "a", at: start + .milliseconds(4_999))
        let second = barrier.refusal(of: "b", at: start + .seconds(5))
        let third = barrier.refusal(of: "c", at: start + .milliseconds(5_999))
        let again = ["a", "b", "c"].map { barrier.refusal(of: $0, at: start + .seconds(6)) }
        #expect(first != nil && second != nil && third != nil && again.allSatisfy { $0 == nil })
    }

    @Test("those that waited together are repeated one after the other, and a new one comes after all of them")
    func together() {
        var barrier = SendBarrier()
        barrier.refused([error("a"), error(nil), error("b")], at: start)
        let new = barrier.refusal(of: "c", at: start + .seconds(1))
        let tooEarly = ["b", "c"].map { barrier.refusal(of: $0, at: start + .seconds(2)) }
        let first = barrier.refusal(of: "a", at: start + .seconds(2))
        barrier.refused([error("a")], at: start + .seconds(3))
        let stillTooEarly = barrier.refusal(of: "b", at: start + .seconds(3))
        let inOrder = ["a", "b", "c", "d"].map { barrier.refusal(of: $0, at: start + .seconds(4)) }
        #expect(new != nil && tooEarly.allSatisfy { $0 != nil } && first == nil && stillTooEarly != nil)
        #expect(inOrder.allSatisfy { $0 == nil })
    }

    @Test("what was on its way while its client had not read of a refusal doesn't pass, however late it comes")
    func unread() {
        var barrier = SendBarrier()
        barrier.refused([error("a")], at: start)
        let late = ["b", "c"].map { barrier.refusal(of: $0, at: start + .seconds(14)) }
        let inOrder = ["a", "b", "c"].map { barrier.refusal(of: $0, at: start + .seconds(15)) }
        #expect(late.allSatisfy { $0 != nil } && inOrder.allSatisfy { $0 == nil })
    }

    @Test("a repetition that was on its way before the one before it was refused once more doesn't pass it")
    func refusedOnceMore() {
        var barrier = SendBarrier()
        barrier.refused([error("a"), error("b")], at: start)
        let repeated = barrier.refusal(of: "a", at: start + .seconds(1))
        barrier.refused([error("a")], at: start + .seconds(2))
        let underway = barrier.refusal(of: "b", at: start + .seconds(14))
        let inOrder = ["a", "b"].map { barrier.refusal(of: $0, at: start + .seconds(15)) }
        #expect(repeated == nil && underway != nil && inOrder.allSatisfy { $0 == nil })
    }

    @Test("whoever repeats nothing and says ever new things is heard after 30 s, or 64 of them")
    func neverRepeated() {
        for (interval, expected) in [(Duration.milliseconds(10), 64), (.seconds(1), 30)] {
            var barrier = SendBarrier()
            barrier.refused([error("a")], at: start)
            let heard = (1...200).first { index in
                barrier.refusal(of: "new \(index)", at: start + interval * index) == nil
            }
            #expect(heard == expected)
        }
    }
}
