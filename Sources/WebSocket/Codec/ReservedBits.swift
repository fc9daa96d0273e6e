/// The three bits of a frame header that extensions may give a meaning to: RFC 6455 §5.2.
public struct ReservedBits: OptionSet, Sendable, Hashable {
    /// The bits where they stand in the header's first byte: `0x40`, `0x20`, `0x10`.
    public let rawValue: UInt8

    /// Takes the bits where they stand in the header's first byte; all others are dropped.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x70
    }

    /// RSV1. permessage-deflate marks the first frame of a compressed message with it (RFC 7692 §6).
    public static let rsv1 = ReservedBits(rawValue: 0x40)
    /// RSV2, used by no registered extension.
    public static let rsv2 = ReservedBits(rawValue: 0x20)
    /// RSV3, used by no registered extension.
    public static let rsv3 = ReservedBits(rawValue: 0x10)
}
