/// The same numbers for the same seed, on every machine: SplitMix64.
struct RunRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter stream: different streams of one seed have nothing to do with each other.
    init(seed: UInt64, stream: UInt64 = 0) {
        state = seed &+ stream &* 0xD1B5_4A32_D192_ED03
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// To the millisecond, so that it can be printed in full.
    mutating func duration(_ range: ClosedRange<Int>) -> Duration { .milliseconds(Int.random(in: range, using: &self)) }

    /// So many different numbers below `count`, in order.
    mutating func choose(_ many: Int, of count: Int) -> [Int] {
        Array((0..<count).shuffled(using: &self).prefix(many)).sorted()
    }
}
