/// The descriptors of the connections for which nothing waits, side by side: a broadcast looks at every one of them, and
/// at nothing else of most. Their objects lie far apart; fetching those from memory cost a tenth of a small broadcast.
struct QuietOutputs {
    private struct Output {
        /// The token's upper half.
        var generation: UInt32 = .max
        var descriptor = System.Descriptor(rawValue: -1)
    }

    private var outputs: [Output] = []

    /// nil unless the connection of this token is open, and idle on this side.
    subscript(token: UInt64) -> System.Descriptor? {
        let index = Self.index(of: token)
        guard index < outputs.count, outputs[index].generation == Self.generation(of: token) else { return nil }
        return outputs[index].descriptor
    }

    mutating func insert(_ descriptor: System.Descriptor, for token: UInt64) {
        let index = Self.index(of: token)
        while outputs.count <= index { outputs.appendSparingly(Output()) }
        outputs[index] = Output(generation: Self.generation(of: token), descriptor: descriptor)
    }

    mutating func remove(_ token: UInt64) {
        let index = Self.index(of: token)
        if index < outputs.count, outputs[index].generation == Self.generation(of: token) { outputs[index] = Output() }
    }

    /// A token's place among those that are open at the same time; its generation tells it from earlier ones there.
    private static func index(of token: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: token)) }
    private static func generation(of token: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: token >> 32) }
}
