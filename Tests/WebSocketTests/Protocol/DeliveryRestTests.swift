import Testing

@testable import WebSocket

@Suite("A topic's rest between deliveries")
struct DeliveryRestTests {
    private let start = ContinuousClock.now

    private func ms(_ number: Double) -> ContinuousClock.Instant { start + .microseconds(Int64(number * 1_000)) }

    /// One delivery from the first to the second moment, in milliseconds.
    private func deliver(_ rest: inout DeliveryRest, _ from: Double, _ to: Double, longest: Duration = .milliseconds(5))
    {
        rest.delivered(from: ms(from), to: ms(to), longest: longest)
    }

    @Test("is as long as the delivery took and a quarter more, within the bounds, and none where that is nothing")
    func length() {
        let lengths: [(Double, Double?)] = [
            (0.5, nil), (0.8, 1), (2, 2.5), (4, 5), (8.75, 5), (10, 3.75), (12, 1.75), (16, 2), (40, 5), (80, 5),
        ]
        for (took, expected) in lengths {
            var rest = DeliveryRest()
            deliver(&rest, 0, took)
            #expect(rest.end == expected.map { ms(took + $0) })
        }
        for took in [4.0, 80] {
            var rest = DeliveryRest()
            deliver(&rest, 0, took, longest: .zero)
            #expect(rest.end == nil)
        }
    }

    @Test("a short one that gathers nothing by chance is not held against it")
    func chance() {
        var rest = DeliveryRest()
        deliver(&rest, 0, 12)
        #expect(rest.end == ms(13.75))
        for after in [2.0, 4] { rest.published(at: ms(after)) }
        deliver(&rest, 14, 18)
        #expect(rest.end == ms(23))
    }

    @Test("goes on as long as messages keep coming while it lasts")
    func worthwhile() {
        var rest = DeliveryRest()
        var now = 0.0
        for _ in 0..<100 {
            deliver(&rest, now, now + 4)
            #expect(rest.end == ms(now + 9))
            for after in [1.0, 4, 8] { rest.published(at: ms(now + after)) }
            now += 9
        }
    }

    @Test(
        "is left out where it gathers nothing, for two deliveries, then four, at most 64: however long they take",
        arguments: [(1.5, 5), (4, 5), (7, 5), (40, 5), (4, 20)])
    func backoff(took: Double, longest: Int) {
        var rest = DeliveryRest()
        var (now, runs, rests) = (0.0, [0], 0)
        for _ in 0..<1_000 {
            deliver(&rest, now, now + took, longest: .milliseconds(longest))
            if rest.end == nil { runs[rests] += 1 } else { (runs, rests) = (runs + [0], rests + 1) }
            // All come at once when the delivery is over: everybody waited for it.
            for _ in 0..<16 { rest.published(at: ms(now + took + 0.1)) }
            now += took + 6
        }
        #expect(runs.prefix(8) == [0, 2, 4, 8, 16, 32, 64, 64])
    }

    @Test("is taken up again in full once it gathers")
    func takenUpAgain() {
        var rest = DeliveryRest()
        var now = 0.0
        for _ in 0..<10 {
            deliver(&rest, now, now + 4)
            rest.published(at: ms(now + 4.1))
            now += 10
        }
        // It tries once more, and this time messages keep coming.
        while rest.end == nil {
            deliver(&rest, now, now + 4)
            now += 10
        }
        now -= 10
        for _ in 0..<10 {
            for after in [1.0, 5, 8] { rest.published(at: ms(now + after)) }
            now += 9
            deliver(&rest, now, now + 4)
            #expect(rest.end == ms(now + 9))
        }
    }

    @Test("a single message that comes late proves nothing: it would have gone out alone")
    func single() {
        var rest = DeliveryRest()
        deliver(&rest, 0, 4)
        rest.published(at: ms(8))
        deliver(&rest, 9, 13)
        #expect(rest.end == nil)
    }
}
