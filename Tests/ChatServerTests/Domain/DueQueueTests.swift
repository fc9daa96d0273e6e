import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What is due when: the earliest first, and nothing for ever")
struct DueQueueTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("in the order of their times, up to a number, and only what is due")
    func order() {
        var queue = DueQueue<Int>()
        for key in [5, 3, 9, 1, 7, 4] { queue.schedule(key, at: at(key)) }
        #expect(queue.takeDue(at: at(5), limit: 3) == [1, 3, 4])
        #expect(queue.takeDue(at: at(5), limit: 3) == [5])
        #expect(queue.takeDue(at: at(6), limit: 3).isEmpty && queue.count == 2)
        #expect(queue.takeDue(at: at(100), limit: 3) == [7, 9] && queue.isEmpty)
    }

    @Test("scheduled anew it is due then, and not before; removed it never is")
    func anew() {
        var queue = DueQueue<String>()
        queue.schedule("a", at: at(5))
        queue.schedule("b", at: at(5))
        queue.schedule("a", at: at(1))
        #expect(queue.due(of: "a") == at(1))
        #expect(queue.takeDue(at: at(1), limit: 9) == ["a"])
        queue.schedule("a", at: at(9))
        queue.remove("b")
        #expect(queue.takeDue(at: at(8), limit: 9).isEmpty)
        #expect(queue.takeDue(at: at(9), limit: 9) == ["a"])
    }

    @Test("old entries don't pile up")
    func bounded() {
        var queue = DueQueue<Int>()
        for round in 0..<10_000 { queue.schedule(round % 3, at: at(round)) }
        #expect(
            queue.count == 3
                && Mirror(reflecting: queue).descendant("heap").map { Mirror(reflecting: $0).children.count } ?? 0 < 200
        )
        #expect(
            queue.takeDue(at: at(100_000), limit: 9)
                == [0, 1, 2].sorted { (9_997 + ($0 + 2) % 3) < (9_997 + ($1 + 2) % 3) })
    }

    @Test("of 3,000 rooms that are due every second, and 1,000 looks a second, a quiet one gets its turn")
    func starvation() {
        var queue = DueQueue<Int>()
        let quiet = 2_999
        for room in 0..<quiet { queue.schedule(room, at: at(1)) }
        queue.schedule(quiet, at: at(3))
        var looks = [Int](repeating: 0, count: 3_000)
        for second in 1...30 {
            for room in queue.takeDue(at: at(second), limit: 1_000) {
                looks[room] += 1
                queue.schedule(room, at: at(second + (room == quiet ? 3 : 1)))
            }
        }
        #expect(looks[quiet] >= 4, "due every 3 s, looked at within 3 s of that")
        #expect(looks.min() ?? 0 >= 4 && looks.max() ?? 0 <= 11)
    }
}
