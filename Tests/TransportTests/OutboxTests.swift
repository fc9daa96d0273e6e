import Foundation
import Testing

@testable import Transport

struct OutboxTests {
    private let slices = UnsafeMutableBufferPointer<System.GatherSlice>.allocate(capacity: Outbox.slicesPerWrite)

    private func waiting(in outbox: Outbox) -> [UInt8] {
        let count = outbox.gather(into: slices)
        return slices[..<count].flatMap { Array(UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len)) }
    }

    @Test("what waits is gathered in its order")
    func gathers() {
        defer { slices.deallocate() }
        let outbox = Outbox(now: .now)
        #expect(outbox.isEmpty && outbox.gather(into: slices) == 0)
        for piece in ["ab", "", "c", "def"] { outbox.append(SharedBytes(piece.utf8)) }
        #expect(outbox.byteCount == 6)
        #expect(outbox.gather(into: slices) == 3)
        #expect(waiting(in: outbox) == Array("abcdef".utf8))
    }

    @Test("it knows when a byte was taken last, and before that when it was made")
    func progress() {
        defer { slices.deallocate() }
        let start = ContinuousClock.now
        let outbox = Outbox(now: start)
        outbox.append(SharedBytes("abc".utf8))
        #expect(outbox.lastProgress == start)
        outbox.consume(1, at: start + .seconds(1))
        outbox.append(SharedBytes("d".utf8))
        #expect(outbox.lastProgress == start + .seconds(1))
    }

    @Test("one gather takes 64 slices at most, and the next goes on where it ended")
    func slicesPerWrite() {
        defer { slices.deallocate() }
        let outbox = Outbox(now: .now)
        for number in 0..<200 { outbox.append(SharedBytes([UInt8(number)])) }
        var taken: [UInt8] = []
        while !outbox.isEmpty {
            let some = waiting(in: outbox)
            #expect(some.count <= 64)
            taken += some
            outbox.consume(some.count, at: .now)
        }
        #expect(taken == Array(0..<200))
    }

    @Test("written in two parts at every split, the rest is what wasn't written")
    func everySplit() {
        defer { slices.deallocate() }
        let whole = Array("abcdefghij".utf8)
        for first in 0...whole.count {
            for second in 0...(whole.count - first) {
                let outbox = Outbox(now: .now)
                for piece in ["ab", "c", "defg", "hij"] { outbox.append(SharedBytes(piece.utf8)) }
                outbox.consume(first, at: .now)
                outbox.consume(second, at: .now)
                #expect(waiting(in: outbox) == Array(whole[(first + second)...]))
                #expect(outbox.byteCount == whole.count - first - second)
            }
        }
    }

    @Test("what hasn't begun is dropped, the rest of a piece that has is kept, at every split")
    func removeUnstarted() {
        defer { slices.deallocate() }
        let rests: [String] = ["", "b", "", "", "efg", "fg", "g", "", "ij", "j"]
        for (written, rest) in rests.enumerated() {
            let outbox = Outbox(now: .now)
            for piece in ["ab", "c", "defg", "hij"] { outbox.append(SharedBytes(piece.utf8)) }
            outbox.consume(written, at: .now)
            outbox.removeUnstarted()
            #expect(waiting(in: outbox) == Array(rest.utf8))
            #expect(outbox.byteCount == rest.utf8.count)
            outbox.append(SharedBytes("new".utf8))
            #expect(waiting(in: outbox) == Array((rest + "new").utf8))
        }
    }

    @Test("random appends and writes agree with a plain array")
    func model() {
        defer { slices.deallocate() }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<100 {
            let outbox = Outbox(now: .now)
            var model: [UInt8] = []
            for _ in 0..<300 {
                if Bool.random(using: &random) {
                    let piece = (0..<Int.random(in: 0..<9, using: &random)).map { _ in UInt8.random(in: 0...255) }
                    outbox.append(SharedBytes(piece))
                    model += piece
                } else if !model.isEmpty {
                    let count = Int.random(in: 0...min(model.count, 40), using: &random)
                    outbox.consume(count, at: .now)
                    model.removeFirst(count)
                }
                #expect(outbox.byteCount == model.count)
                #expect(model.starts(with: waiting(in: outbox)))
            }
        }
    }

    @Test("bytes that were written are not held any longer, nor are those that were dropped")
    func releases() {
        defer { slices.deallocate() }
        let outbox = Outbox(now: .now)
        weak var first: SharedBytes?
        weak var second: SharedBytes?
        do {
            let (one, two) = (SharedBytes("one".utf8), SharedBytes("two".utf8))
            (first, second) = (one, two)
            outbox.append(one)
            outbox.append(two)
        }
        #expect(first != nil && second != nil)
        outbox.consume(3, at: .now)
        #expect(first == nil && second != nil)
        outbox.consume(3, at: .now)
        #expect(second == nil)
    }

    @Test("shared bytes are a copy of any collection, an empty one too")
    func sharedBytes() {
        defer { slices.deallocate() }
        #expect(SharedBytes([]).count == 0)
        #expect(SharedBytes("häß".utf8).withUnsafeBytes { Array($0) } == Array("häß".utf8))
        #expect(SharedBytes(Array(0...9)[3...5]).withUnsafeBytes { Array($0) } == [3, 4, 5])
        #expect(SharedBytes((UInt8(0)...9).lazy.filter { $0.isMultiple(of: 2) }).count == 5)
    }
}
