import Testing
import Transport

struct TimerWheelTests {
    private let origin = ContinuousClock.now

    private func at(_ milliseconds: Int64) -> ContinuousClock.Instant { origin + .milliseconds(milliseconds) }

    /// Each boundary of a wheel, from both sides, up to and beyond the horizon of 2^24 ms.
    private static let distances: [Int64] = [
        0, 1, 2, 63, 64, 65, 254, 255, 256, 257, 511, 512, 65_279, 65_280, 65_535, 65_536, 65_537, 131_072,
        16_711_679, 16_711_680, 16_777_214, 16_777_215, 16_777_216, 16_777_217, 16_842_752, 40_000_000,
    ]

    @Test("a timer fires at its millisecond and not one before", arguments: distances)
    func neverEarly(distance: Int64) {
        // From several ticks, so that the deadline falls anywhere within the wheels.
        for start: Int64 in [0, 1, 255, 256, 65_535, 65_536, 1_000_003] {
            var wheel = TimerWheel<String>(origin: origin)
            #expect(wheel.popExpired(at: at(start)) == nil)
            _ = wheel.schedule("it", at: at(start + distance))
            if distance > 0 { #expect(wheel.popExpired(at: at(start + distance - 1)) == nil) }
            #expect(wheel.popExpired(at: at(start + distance)) == "it")
            #expect(wheel.count == 0 && wheel.nextDeadline == nil)
        }
    }

    @Test("a deadline within a millisecond is rounded up, never down")
    func roundsUp() {
        var wheel = TimerWheel<String>(origin: origin)
        _ = wheel.schedule("it", at: origin + .microseconds(1_500))
        #expect(wheel.popExpired(at: origin + .microseconds(1_999)) == nil)
        #expect(wheel.popExpired(at: origin + .milliseconds(2)) == "it")
    }

    @Test("a deadline in the past is due at once")
    func pastDeadline() {
        var wheel = TimerWheel<String>(origin: origin)
        #expect(wheel.popExpired(at: at(1000)) == nil)
        _ = wheel.schedule("it", at: at(10))
        #expect(wheel.popExpired(at: at(1000)) == "it")
    }

    @Test("what is due and not taken out yet tells its own deadline, not the wheel's beginning")
    func dueDeadline() {
        var wheel = TimerWheel<String>(origin: origin)
        #expect(wheel.popExpired(at: at(100_000)) == nil)
        _ = wheel.schedule("first", at: at(100_300))
        _ = wheel.schedule("second", at: at(100_500))
        #expect(wheel.popExpired(at: at(101_000)) == "first")
        _ = wheel.schedule("third", at: at(100_000))
        #expect(wheel.nextDeadline.map { $0 >= at(100_000) } == true)
        while wheel.popExpired(at: at(101_000)) != nil {}
        _ = wheel.schedule("now", at: at(101_000))
        #expect(wheel.nextDeadline == at(101_000))
    }

    @Test("a deadline centuries away is kept, and traps nothing")
    func veryFarDeadline() {
        var wheel = TimerWheel<String>(origin: origin)
        let far = wheel.schedule("far", at: origin + .seconds(Int64.max / 4))
        _ = wheel.schedule("near", at: at(5))
        #expect(wheel.popExpired(at: at(1_000_000)) == "near")
        #expect(wheel.popExpired(at: at(1_000_000)) == nil)
        wheel.cancel(far)
        #expect(wheel.count == 0)
    }

    @Test("what has expired comes out in the order of the deadlines")
    func order() {
        var wheel = TimerWheel<Int64>(origin: origin)
        for distance in Self.distances.shuffled() { _ = wheel.schedule(distance, at: at(distance)) }
        var fired: [Int64] = []
        while let next = wheel.popExpired(at: at(50_000_000)) { fired.append(next) }
        #expect(fired == Self.distances)
    }

    @Test("a cancelled timer does not fire, not even from within the batch it is due in")
    func cancelWithinBatch() {
        var wheel = TimerWheel<String>(origin: origin)
        var ids: [TimerWheel<String>.ID] = []
        for name in ["a", "b", "c", "d"] { ids.append(wheel.schedule(name, at: at(Int64(ids.count + 1)))) }
        #expect(wheel.popExpired(at: at(10)) == "a")
        wheel.cancel(ids[1])
        wheel.cancel(ids[3])
        wheel.cancel(ids[3])
        #expect(wheel.popExpired(at: at(10)) == "c")
        #expect(wheel.popExpired(at: at(10)) == nil)
        #expect(wheel.count == 0)
    }

    @Test("the name of a timer that has fired cancels nobody else's")
    func staleName() {
        var wheel = TimerWheel<String>(origin: origin)
        let old = wheel.schedule("old", at: at(1))
        #expect(wheel.popExpired(at: at(1)) == "old")
        _ = wheel.schedule("new", at: at(2))
        wheel.cancel(old)
        #expect(wheel.popExpired(at: at(2)) == "new")
    }

    @Test("who looks again at each next deadline meets every timer in its millisecond, in few steps")
    func nextDeadline() {
        for distance in Self.distances where distance > 0 {
            var wheel = TimerWheel<String>(origin: origin)
            _ = wheel.schedule("it", at: at(distance))
            var looks = 0
            while let next = wheel.nextDeadline {
                looks += 1
                guard next <= at(distance), looks < 100 else {
                    Issue.record("asleep beyond \(distance) ms, or \(looks) looks")
                    break
                }
                if wheel.popExpired(at: next) != nil {
                    #expect(next == at(distance))
                }
            }
        }
    }

    @Test("a thousand random runs agree with a sorted list", arguments: [1, 2, 3, 4])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<250 { compareWithModel(&random) }
    }

    private func compareWithModel(_ random: inout SeededGenerator) {
        var wheel = TimerWheel<Int>(origin: origin)
        var model: [Int: (deadline: Int64, id: TimerWheel<Int>.ID)] = [:]
        var now: Int64 = 0
        for step in 0..<200 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let deadline = now + randomDistance(&random)
                model[step] = (deadline, wheel.schedule(step, at: at(deadline)))
            case 5..<7:
                if let victim = model.keys.sorted().randomElement(using: &random) {
                    wheel.cancel(model.removeValue(forKey: victim)!.id)
                }
            default:
                now += randomDistance(&random)
                var fired: [Int] = []
                while let name = wheel.popExpired(at: at(now)) { fired.append(name) }
                let due = model.filter { $0.value.deadline <= now }
                #expect(Set(fired) == Set(due.keys))
                let deadlines = fired.compactMap { due[$0]?.deadline }
                #expect(deadlines == deadlines.sorted())
                for name in due.keys { model[name] = nil }
            }
            #expect(wheel.count == model.count)
            if let next = wheel.nextDeadline, let earliest = model.values.map(\.deadline).min() {
                #expect(next <= at(earliest))
            }
        }
    }

    private func randomDistance(_ random: inout SeededGenerator) -> Int64 {
        Int64.random(in: 0...(1 << Int64.random(in: 0...25, using: &random)), using: &random)
    }
}

/// Random, and the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
