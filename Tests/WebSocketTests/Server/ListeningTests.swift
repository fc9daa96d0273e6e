import TestSupport
import Testing

@testable import WebSocket

@Suite("The topics of one session")
struct ListeningTests {
    @Test(
        "with none, one or several it knows the session's place in each, as a dictionary would", arguments: [1, 2, 3])
    func places(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let topics = (0..<4).map { Topic("\($0)") }
        var listening = Listening()
        var expected: [Int: Int] = [:]
        for _ in 0..<2_000 {
            let index = Int.random(in: 0..<4, using: &random)
            let position = Bool.random(using: &random) ? Int.random(in: 0..<1_000, using: &random) : nil
            listening[topics[index]] = position
            expected[index] = position
            for (index, topic) in topics.enumerated() { #expect(listening[topic] == expected[index]) }
            var seen: [String] = []
            listening.visit { seen.append($0.name) }
            #expect(seen.sorted() == expected.keys.map(String.init).sorted())
            #expect(listening.first.map { seen.contains($0.name) } ?? seen.isEmpty)
            #expect(listening.isSeveral || expected.count < 2)
        }
    }
}
