/// The four bytes a client masks a frame's payload with: RFC 6455 §5.3.
///
/// A client draws a fresh one for each frame from a source that can't be predicted (`UInt32.random(in: .min ... .max)`).
public struct MaskingKey: RawRepresentable, Sendable, Hashable {
    /// The key as a number in network order: the first byte on the wire is the most significant.
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The key whose bytes on the wire are these, in this order.
    public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        rawValue = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    }

    /// The key for what follows once `count` bytes of a payload have been masked.
    func advanced(by count: Int) -> MaskingKey {
        let bits = UInt32(truncatingIfNeeded: count & 3) &* 8
        return bits == 0 ? self : MaskingKey(rawValue: rawValue << bits | rawValue >> (32 &- bits))
    }
}
