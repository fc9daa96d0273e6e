/// Tells apart runs that share a machine or a Redis.
enum RunMark {
    /// Up to seven letters and digits, others each time.
    static func make() -> String { String(UInt32.random(in: .min ... .max), radix: 36) }
}
