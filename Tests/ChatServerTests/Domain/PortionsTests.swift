import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Work in portions")
struct PortionsTests {
    @Test("what takes longer than a tick may be held waits for the next ones, in order")
    func portions() {
        var portions = Portions<Int>(limit: .milliseconds(1))
        var ticks: [[Int]] = [[]]
        func done(_ job: Int) {
            ticks[ticks.count - 1].append(job)
            portions.took(.microseconds(300))
        }
        for job in 0..<10 {
            if let job = portions.admit(job) { done(job) }
        }
        while portions.waitingCount > 0 {
            portions.tickEnds()
            ticks.append([])
            while let job = portions.next() { done(job) }
        }
        #expect(ticks == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    }

    @Test("work that comes while other work waits is done behind it, though there is time again")
    func order() {
        var portions = Portions<String>(limit: .milliseconds(1))
        portions.took(.milliseconds(2))
        let early = portions.admit("a")
        portions.tickEnds()
        let late = portions.admit("b")
        let order = [portions.next(), portions.next(), portions.next()]
        let atOnce = portions.admit("c")
        #expect(early == nil && late == nil && order == ["a", "b", nil] && atOnce == "c")
    }
}
