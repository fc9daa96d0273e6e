import Transport

/// A frame that many sessions send: encoded once, held by reference.
public struct SharedFrame: Sendable {
    let bytes: SharedBytes
    /// What it is compressed, for those who have agreed on that; nil for a frame that never is.
    private let compressed: CompressedForms?

    /// - Parameters:
    ///   - mark: for a frame that may be dropped when its recipient is too slow: see `WebSocketSession.dropsMarked`.
    ///     0: it must not be dropped.
    ///   - isCompressible: whether it goes out compressed to those who have negotiated that.
    public init(_ frame: EncodedFrame, mark: Int = 0, isCompressible: Bool = false) {
        bytes = SharedBytes(frame.bytes, mark: mark)
        compressed = isCompressible && !frame.opcode.isControl ? CompressedForms() : nil
    }

    public static func text(
        _ utf8: some Collection<UInt8>, mark: Int = 0, isCompressible: Bool = false
    ) -> SharedFrame {
        SharedFrame(.text(utf8), mark: mark, isCompressible: isCompressible)
    }

    public var mark: Int { bytes.mark }

    /// The whole frame's size, header included.
    public var byteCount: Int { bytes.count }

    /// The frames' bytes in as few pieces as may be: what may be dropped is not joined with what must not.
    static func joined(_ frames: [SharedFrame]) -> [SharedBytes] {
        var pieces: [SharedBytes] = []
        var rest = frames[...]
        while let first = rest.first {
            let alike = rest.prefix { ($0.mark == 0) == (first.mark == 0) }
            rest = rest.dropFirst(alike.count)
            pieces.append(alike.count == 1 ? first.bytes : SharedBytes(joining: alike.map(\.bytes)))
        }
        return pieces
    }

    /// As it goes to somebody with a window of so many bits: compressed once, by whichever loop is the first to need it.
    func bytes(windowBits: Int, by compressor: MessageCompressor) -> SharedBytes {
        guard let compressed, compressor.isWorthwhile(bytes) else { return bytes }
        return compressed.form(windowBits) { compressor.compress(bytes, windowBits: windowBits) }
    }
}

/// The compressed forms of one frame, by the bits of their windows.
private final class CompressedForms: Sendable {
    private let forms = Locked<[Int: SharedBytes]>([:])

    func form(_ windowBits: Int, _ make: () -> SharedBytes) -> SharedBytes {
        forms.withLock { forms in
            if let known = forms[windowBits] { return known }
            let made = make()
            forms[windowBits] = made
            return made
        }
    }
}
