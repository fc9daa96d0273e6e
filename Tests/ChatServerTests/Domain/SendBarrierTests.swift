import Testing

@testable import ChatServer

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
        barrier.refused(error("a"), at: start)
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
        barrier.refused(error("a", code: code), at: start)
        let early = barrier.refusal(of: "b", at: start + .milliseconds(400))
        let late = barrier.refusal(of: "b", at: start + .seconds(2))
        #expect(early?.code == code && early?.id == "b" && early?.retry == .milliseconds(600))
        #expect((late?.retry ?? .zero) > .zero)
    }

    @Test("one that is never repeated holds the others up for 5 s")
    func abandoned() {
        var barrier = SendBarrier()
        barrier.refused(error("a"), at: start)
        let early = barrier.refusal(of: "b", at: start + .milliseconds(4_999))
        let late = barrier.refusal(of: "b", at: start + .seconds(5))
        #expect(early != nil && late == nil)
    }

    @Test("nothing waits for a send without an id, which can't be repeated, and it changes nothing")
    func nameless() {
        var barrier = SendBarrier()
        barrier.refused(error(nil), at: start)
        let next = barrier.refusal(of: "b", at: start)
        barrier.refused(error("b"), at: start)
        barrier.refused(error(nil), at: start)
        let after = barrier.refusal(of: "c", at: start)
        #expect(next == nil && after != nil)
    }
}
