import Transport

/// A frame that many sessions send: encoded once, held by reference.
public struct SharedFrame: Sendable {
    let bytes: SharedBytes

    /// - Parameter mark: for a frame that may be dropped when its recipient is too slow: see
    ///   `WebSocketSession.dropsMarked`. 0: it must not be dropped.
    public init(_ frame: EncodedFrame, mark: Int = 0) { bytes = SharedBytes(frame.bytes, mark: mark) }

    public static func text(_ utf8: some Collection<UInt8>, mark: Int = 0) -> SharedFrame {
        SharedFrame(.text(utf8), mark: mark)
    }

    /// The whole frame's size, header included.
    public var byteCount: Int { bytes.count }
}
