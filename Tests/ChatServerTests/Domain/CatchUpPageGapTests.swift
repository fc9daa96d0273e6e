import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Catching up in a room that is faster than the store's answer")
struct CatchUpPageGapTests {
    private func messages(_ numbers: ClosedRange<Int>) -> [StoredMessage] {
        numbers.map { StoredMessage(seq: $0, json: []) }
    }

    @Test("what lies between the reading and the ring is read next, and is no gap")
    func noFalseGap() {
        let view = RoomView(
            epoch: "e", previousEpoch: nil, base: 0, seq: 40, rev: 1, roster: Roster(), ring: messages(31...40))
        let reading = RoomReading(
            epoch: "e", previousEpoch: nil, base: 0, seq: 20, rev: 1, roster: [], messages: messages(11...20),
            isPartial: false)
        let page = view.page(from: reading, after: 10, bytes: .max)
        #expect(page?.messages.map(\.seq) == Array(11...20))
        #expect(page?.items.count == 10)
        #expect(page?.position.seq == 20)
        #expect(page?.isLast == false)
    }
}
