import Testing

@testable import Transport

struct RepeatedLinesTests {
    private let start = ContinuousClock.now
    private let kind = RepeatedLines.Kind(file: "a", line: 1)
    private let other = RepeatedLines.Kind(file: "a", line: 2)

    @Test("the first of many equal lines is told at once, how many more there were when the interval is over")
    func storm() {
        var lines = RepeatedLines()
        let told = (0..<1_000).filter { lines.admits("lost", .warning, of: kind, at: start + .milliseconds($0)) }
        #expect(told == [0])
        #expect(lines.nextSummary == start + RepeatedLines.interval)
        let early = lines.summaries(at: start + .seconds(9))
        #expect(early.isEmpty)
        let summaries = lines.summaries(at: start + .seconds(10))
        #expect(summaries.map(\.words) == ["… 999 more like this in 10 s: lost"])
        #expect(summaries.map(\.level) == [.warning])
        #expect(lines.nextSummary == nil)
        let isAdmitted = lines.admits("lost", .warning, of: kind, at: start + .seconds(11))
        #expect(isAdmitted)
    }

    @Test("of lines that differ some are told, and lines from elsewhere are not held back by them")
    func variety() {
        var lines = RepeatedLines()
        let told = (0..<100).filter { lines.admits("room \($0)", .warning, of: kind, at: start) }
        #expect(told == Array(0..<RepeatedLines.variety))
        let isAdmitted = lines.admits("room 99", .info, of: other, at: start)
        #expect(isAdmitted)
        let summaries = lines.summaries(at: start + .seconds(10))
        #expect(summaries.map(\.words) == ["… 92 more like this in 10 s: room 99"])
    }

    @Test("a line now and then is told each time, and nothing is summed up")
    func seldom() {
        var lines = RepeatedLines()
        for second in stride(from: 0, to: 100, by: 10) {
            let summaries = lines.summaries(at: start + .seconds(second))
            #expect(summaries.isEmpty)
            let isAdmitted = lines.admits("lost", .warning, of: kind, at: start + .seconds(second))
            #expect(isAdmitted)
        }
    }
}
