import Testing

@testable import ChatServer
@testable import Rooms

@Suite("What open files are for")
struct DescriptorBudgetTests {
    @Test(
        "connections, refusals and what the server itself needs are never more than there may be",
        arguments: [1, 2, 16, 256])
    func sum(_ threads: Int) {
        let needed = DescriptorBudget(limit: 0, threads: threads, wanted: nil).needed
        for limit in [needed, needed + 1, 2 * needed, 10_000, 1_048_576, Int.max] {
            for wanted in [nil, 1, 100, 10_000_000] {
                let budget = DescriptorBudget(limit: limit, threads: threads, wanted: wanted)
                // A poller, a pipe, a link and the next one for each thread; streams, listener, page and names.
                #expect(budget.connections + budget.refusals <= limit - 5 * threads - 33)
                #expect(budget.connections >= min(16, wanted ?? 16) && budget.refusals >= 4 && budget.refusals <= 1_024)
                #expect(budget.isEnough && budget.connections <= wanted ?? .max)
            }
        }
        #expect(!DescriptorBudget(limit: needed - 1, threads: threads, wanted: 1).isEnough)
    }

    @Test("the usual limits leave most files to connections")
    func usual() {
        #expect(DescriptorBudget(limit: 1_024, threads: 2, wanted: nil).connections > 800)
        #expect(DescriptorBudget(limit: 65_536, threads: 16, wanted: nil).connections > 64_000)
        #expect(DescriptorBudget(limit: 65_536, threads: 16, wanted: 500).connections == 500)
    }
}
