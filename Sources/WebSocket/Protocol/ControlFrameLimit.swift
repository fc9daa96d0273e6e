/// How many pings and pongs a peer sends within a second. They cost it little, and a ping is answered. Pure.
struct ControlFrameLimit: Sendable {
    private var count: UInt16 = 0
    /// Which second they are of: counted from anywhere, and again from 0 after 18 hours.
    private var second: UInt16 = 0

    /// Counts one more. False when it is one too many.
    /// - Parameter time: since any moment that is always the same.
    mutating func admits(at time: Duration, limit: Int) -> Bool {
        let now = UInt16(truncatingIfNeeded: time.components.seconds)
        if second != now { (count, second) = (0, now) }
        count = min(count, .max - 1) + 1
        return count <= limit
    }
}
