import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What a client has asked for")
struct RequestQueueTests {
    private let start = ContinuousClock.now

    private func send(_ id: String?) -> ClientCommand { .send(text: "x", id: id) }

    private func queue(_ commands: [ClientCommand]) throws -> RequestQueue {
        var queue = RequestQueue()
        for command in commands { try queue.admit(command, at: start, perSecond: 0) }
        return queue
    }

    private func refusal(
        _ queue: inout RequestQueue, _ command: ClientCommand, at now: ContinuousClock.Instant, perSecond: Int = 0
    ) -> ClientError? {
        do throws(ClientError) {
            try queue.admit(command, at: now, perSecond: perSecond)
            return nil
        } catch {
            return error
        }
    }

    private func all(_ queue: inout RequestQueue) -> [RequestQueue.Request] {
        var all: [RequestQueue.Request] = []
        while let next = queue.next() { all.append(next) }
        return all
    }

    @Test("each keeps its place and when it came")
    func order() throws {
        var queue = try queue([send("a"), .rename("Ada")])
        try queue.admit(.history(before: nil, limit: 5), at: start + .seconds(2), perSecond: 0)
        let requests = all(&queue)
        #expect(requests.map(\.command) == [send("a"), .rename("Ada"), .history(before: nil, limit: 5)])
        #expect(requests.map(\.arrived) == [start, start, start + .seconds(2)])
        #expect(queue.isEmpty)
    }

    @Test("what waits behind a request that had no answer in time is refused with it, whatever it is")
    func refusedTogether() throws {
        for first in [send("a"), send(nil), .rename("Ada", id: "r"), .history(before: nil, limit: 5, id: "h")] {
            var queue = try queue([first, .rename("Bob"), send("b"), .history(before: nil, limit: 9, id: "h2")])
            let failed = queue.next()
            let errors = queue.refuse(try #require(failed), isAway: true, at: start + .seconds(5))
            #expect(errors.map(\.id) == [first.id, nil, "b", "h2"])
            #expect(errors.allSatisfy { $0.code == .unavailable && $0.retry == .seconds(1) } && queue.isEmpty)
            // Those sends among them that may be repeated must not be passed.
            let repeated = first.id == "a" ? [send("a"), send("b")] : [send("b")]
            let later = start + .seconds(9)
            let early = [send("c"), .rename("Cleo")].map { refusal(&queue, $0, at: later)?.code }
            let inOrder = (repeated + [send("c")]).map { refusal(&queue, $0, at: later)?.code }
            #expect(early == [.unavailable, nil] && inOrder.allSatisfy { $0 == nil })
        }
    }

    @Test("a request that can't be done at all takes with it what must not pass it, and nothing else")
    func impossible() throws {
        var one = try queue([.history(before: nil, limit: 5, id: "h"), send("a")])
        let history = one.next()
        let alone = one.refuse(try #require(history), isAway: false, at: start)
        #expect(alone.map(\.id) == ["h"] && all(&one).map(\.command) == [send("a")])
        var two = try queue([send("a"), send("b")])
        let lost = two.next()
        let both = two.refuse(try #require(lost), isAway: false, at: start)
        #expect(both.map(\.id) == ["a", "b"])
    }

    @Test("after a send that came too fast later ones are refused, and those before it are done")
    func tooFast() {
        var queue = RequestQueue()
        let burst = (0..<4).map { refusal(&queue, send("\($0)"), at: start, perSecond: 1)?.code }
        #expect(burst == [nil, nil, nil, .rateLimited])
        let later = start + .seconds(3)
        let overtaking = refusal(&queue, send("4"), at: later, perSecond: 1)
        #expect(overtaking?.code == .rateLimited && overtaking?.id == "4")
        let again = [send("3"), send("4")].map { refusal(&queue, $0, at: later, perSecond: 1)?.code }
        #expect(again == [nil, nil])
        #expect(all(&queue).map(\.command.id) == (0..<5).map(String.init))
    }

    @Test("a full queue is told, and once that half of it is done")
    func fullness() throws {
        var queue = try queue((0..<63).map { send("\($0)") })
        let early = queue.hasRoomAgain()
        #expect(!queue.isFull && !early)
        try queue.admit(send("last"), at: start, perSecond: 0)
        #expect(queue.isFull)
        for _ in 0..<31 { _ = queue.next() }
        let before = queue.hasRoomAgain()
        _ = queue.next()
        let told = [queue.hasRoomAgain(), queue.hasRoomAgain()]
        #expect(!before && told == [true, false])
        for index in 0..<32 { try queue.admit(send("again\(index)"), at: start, perSecond: 0) }
        let failed = queue.next()
        _ = queue.refuse(try #require(failed), isAway: true, at: start)
        let emptied = queue.hasRoomAgain()
        #expect(emptied)
    }
}
