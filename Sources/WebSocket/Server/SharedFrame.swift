import Transport

/// A frame that many sessions send: encoded once, held by reference.
public struct SharedFrame: Sendable {
    let bytes: SharedBytes

    public init(_ frame: EncodedFrame) { bytes = SharedBytes(frame.bytes) }

    public static func text(_ utf8: some Collection<UInt8>) -> SharedFrame { SharedFrame(.text(utf8)) }

    /// The whole frame's size, header included.
    public var byteCount: Int { bytes.count }
}
