import Testing

@testable import Verify

@Suite("verify: a room as Redis holds it")
struct RoomTruthTests {
    private func reading(
        _ epoch: String, previous: String? = nil, base: Int = 0, _ numbers: ClosedRange<Int>, prefix: String = "m",
        isWhole: Bool = true
    ) -> RoomTruth.Reading {
        RoomTruth.Reading(
            epoch: epoch, previous: previous, base: base, seq: numbers.upperBound,
            entries: numbers.map { RoomTruth.Entry(seq: $0, id: "\(prefix)\($0)", socket: "s") }, members: [],
            isWhole: isWhole)
    }

    @Test("readings add up, and keep what history has dropped since")
    func addUp() {
        var truth = RoomTruth()
        let isTaken1 = truth.take(reading("A", 1...3), at: .seconds(1))
        #expect(isTaken1)
        let isTaken2 = truth.take(reading("A", 4...6, isWhole: false), at: .seconds(2))
        #expect(isTaken2)
        let isTaken3 = truth.take(reading("A", 5...7), at: .seconds(3))
        #expect(isTaken3)
        #expect(truth.log.keys.sorted() == Array(1...7))
        #expect(truth.highestSeq(at: .milliseconds(1_500)) == 6)
        #expect(truth.flaws.isEmpty)
    }

    @Test("a new epoch asks for a whole reading, which replaces what was lost")
    func newEpoch() {
        var truth = RoomTruth()
        _ = truth.take(reading("A", 1...6), at: .seconds(1))
        let isTaken4 = truth.take(reading("B", previous: "A", base: 4, 5...5, isWhole: false), at: .seconds(2))
        #expect(!isTaken4)
        let isTaken5 = truth.take(reading("B", previous: "A", base: 4, 3...5, prefix: "n"), at: .seconds(2))
        #expect(isTaken5)
        #expect(truth.log.values.map(\.id).sorted() == ["m1", "m2", "n3", "n4", "n5"])
        #expect(truth.flaws.isEmpty)
    }

    @Test("numbers that go back, or change their message, within an epoch are flaws")
    func flaws() {
        var truth = RoomTruth()
        _ = truth.take(reading("A", 1...6), at: .seconds(1))
        _ = truth.take(reading("A", 1...5), at: .seconds(2))
        _ = truth.take(reading("A", 5...5, prefix: "n", isWhole: false), at: .seconds(3))
        #expect(truth.flaws.count == 2)
    }

    @Test("an older state that was put back in place is passed over until a fresh epoch begins, which must be soon")
    func putBack() {
        var truth = RoomTruth()
        let (first, second) = ("1700000000001_a", "1700000000002_b")
        _ = truth.take(reading(first, 1...6), at: .seconds(1))
        truth.wasPutBack(at: .seconds(2))
        let isPassedOver = truth.take(reading(first, 1...4), at: .seconds(3))
        #expect(isPassedOver && truth.seq == 6)
        _ = truth.take(reading(second, 3...5, prefix: "n"), at: .seconds(4))
        #expect(truth.log.values.map(\.id).sorted() == ["m1", "m2", "n3", "n4", "n5"] && truth.epoch == second)
        truth.wasPutBack(at: .seconds(5))
        _ = truth.take(reading(first, 1...9), at: .seconds(6))
        #expect(truth.epoch == second && truth.flaws.isEmpty)
        _ = truth.take(reading(second, 3...4, prefix: "n", isWhole: false), at: .seconds(21))
        #expect(truth.flaws.count == 1, "nobody has found it out")
    }

    @Test("a message's origin is the epoch in which it was numbered")
    func origin() {
        var truth = RoomTruth()
        _ = truth.take(reading("A", 1...6), at: .seconds(1))
        _ = truth.take(reading("B", previous: "A", base: 4, 1...8), at: .seconds(2))
        _ = truth.take(reading("C", previous: "B", base: 8, 1...9), at: .seconds(3))
        #expect(truth.origin(of: 9, in: "C") == "C")
        #expect(truth.origin(of: 5, in: "C") == "B")
        #expect(truth.origin(of: 4, in: "C") == "A")
        #expect(truth.origin(of: 6, in: "A") == "A")
        #expect(truth.origin(of: 1, in: "unknown") == "unknown")
        #expect(truth.commonBase(from: "A", to: "C") == 4)
        #expect(truth.commonBase(from: "C", to: "A") == nil)
    }
}
