/// One thread, one clock, one source of chance: what the same seed does, it does again.
final class World {
    private struct Event {
        let time: Int
        let order: Int
        let action: () -> Void
    }

    /// Microseconds since the beginning.
    private(set) var now = 0
    var random: SimulationRandom
    private(set) var violation: String?
    private(set) var trace: [String] = []
    private(set) var steps = 0
    private let isTracing: Bool
    private let start = ContinuousClock.now
    private var heap: [Event] = []
    private var order = 0

    init(seed: UInt64, isTracing: Bool) {
        random = SimulationRandom(seed: seed)
        self.isTracing = isTracing
    }

    var instant: ContinuousClock.Instant { start.advanced(by: .microseconds(now)) }

    func note(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        let (seconds, rest) = (now / 1_000_000, String(now % 1_000_000 + 1_000_000).dropFirst())
        trace.append("\(seconds).\(rest) \(text())")
    }

    /// The first violation ends the run.
    func violate(_ text: String) {
        note("VIOLATION \(text)")
        if violation == nil { violation = text }
    }

    // MARK: Events

    func after(_ delay: Int, _ action: @escaping () -> Void) { at(now + max(0, delay), action) }

    func at(_ time: Int, _ action: @escaping () -> Void) {
        order += 1
        heap.append(Event(time: max(time, now), order: order, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Runs what is due until a moment; false when the run has ended.
    func run(until end: Int) -> Bool {
        while violation == nil, let next = heap.first, next.time <= end {
            removeFirst()
            now = next.time
            steps += 1
            if steps > 400_000 { violate("it never comes to rest") }
            next.action()
        }
        now = max(now, end)
        return violation == nil
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, first) {
                first = child
            }
            if first == parent { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
    }
}

/// SplitMix64.
struct SimulationRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From the first number up to but not the second.
    mutating func number(_ low: Int, _ high: Int) -> Int { low + Int(next() % UInt64(max(1, high - low))) }
    mutating func chance(_ percent: Int) -> Bool { number(0, 100) < percent }
    mutating func milliseconds(_ low: Int, _ high: Int) -> Int { number(low * 1000, high * 1000) }
    mutating func element<Element>(of all: [Element]) -> Element? { all.isEmpty ? nil : all[number(0, all.count)] }
}
