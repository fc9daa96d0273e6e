import Testing

@testable import Transport

struct OutputQueueTests {
    private func queue(_ limits: [Int32: Int] = [1: 100, 2: 100]) -> OutputQueue {
        OutputQueue(limits: limits) { Array("(\($0) lost)".utf8) }
    }

    private func text(_ queue: inout OutputQueue, ready: [Int32] = [1, 2]) -> [String] {
        var texts: [String] = []
        while let (stream, bytes) = queue.next(of: ready) {
            texts.append("\(stream) " + String(decoding: bytes, as: UTF8.self))
            queue.wrote(bytes.count, to: stream)
        }
        return texts
    }

    @Test("both streams keep the order in which things were said; one that is stuck doesn't hold the other up")
    func order() {
        var queue = queue()
        for (number, stream) in [(1, 2), (2, 1), (3, 2)] as [(Int, Int32)] {
            queue.append(Array("\(number)".utf8), to: stream)
        }
        #expect(text(&queue, ready: [1]) == ["1 2"])
        queue.append(Array("4".utf8), to: 1)
        #expect(text(&queue) == ["2 1", "2 3", "1 4"])
        #expect(queue.isEmpty)
    }

    @Test("what there is no room for is lost, counted, and told in its place as soon as there is room again")
    func loss() {
        var queue = queue()
        for number in 0..<30 { queue.append(Array("line \(number)\n".utf8), to: 2) }
        let kept = 100 / 7 - 1
        #expect(queue.lostCount == 30 - kept)
        // Not before half of the room is free.
        queue.append(Array("more".utf8), to: 2)
        #expect(queue.lostCount == 31 - kept)
        let all = text(&queue)
        #expect(all.first == "2 line 0\n" && all.last == "2 (\(31 - kept) lost)" && all.count == kept + 1)
        queue.append(Array("later".utf8), to: 2)
        #expect(text(&queue) == ["2 later"])
    }

    @Test("what is said before all is written comes behind the word on what was lost")
    func lossThenMore() {
        var queue = queue([2: 20])
        for _ in 0..<3 { queue.append(Array("0123456789".utf8), to: 2) }
        if let (stream, bytes) = queue.next(of: [2]) { queue.wrote(bytes.count, to: stream) }
        queue.append(Array("end".utf8), to: 2)
        #expect(queue.lostCount == 2, "more than half is still taken")
        if let (stream, bytes) = queue.next(of: [2]) { queue.wrote(bytes.count, to: stream) }
        queue.append(Array("end".utf8), to: 2)
        #expect(text(&queue) == ["2 (2 lost)", "2 end"])
    }

    @Test("a stream that fails loses what waits, says nothing by itself, and is tried again with the next line")
    func failure() {
        var queue = queue()
        for _ in 0..<3 { queue.append([1], to: 2) }
        queue.failed(2)
        #expect(queue.isEmpty && queue.lostCount == 3)
        queue.append(Array("back".utf8), to: 2)
        #expect(text(&queue) == ["2 (3 lost)", "2 back"])
    }

    @Test("a long piece goes in parts that a pipe takes at once, even one longer than the limit")
    func parts() {
        var queue = queue()
        queue.append([UInt8](repeating: 65, count: 10_000), to: 1)
        var sizes: [Int] = []
        while let (stream, bytes) = queue.next(of: [1]) {
            sizes.append(bytes.count)
            queue.wrote(bytes.count, to: stream)
        }
        #expect(sizes == [4_096, 4_096, 1_808] && queue.isEmpty)
    }
}
