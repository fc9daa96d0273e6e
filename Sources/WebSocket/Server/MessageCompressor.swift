import Transport

/// Compresses one loop's outgoing messages, each for itself: RFC 7692 §7.2.1, `server_no_context_takeover`.
final class MessageCompressor {
    private let threshold: Int
    private var deflaters: [Int: Deflater] = [:]

    init(threshold: Int) { self.threshold = threshold }

    /// Whether the frame's payload is long enough to be tried.
    func isWorthwhile(_ frame: SharedBytes) -> Bool {
        frame.count - frame.withUnsafeBytes { FrameHeader.size(secondByte: $0[1]) } >= threshold
    }

    /// The frame compressed, or as it is where that is no larger.
    func compress(_ frame: SharedBytes, windowBits: Int) -> SharedBytes {
        let payload: [UInt8] = frame.withUnsafeBytes { bytes in
            let start = FrameHeader.size(secondByte: bytes[1])
            return deflate(UnsafeRawBufferPointer(rebasing: bytes[start...]), windowBits: windowBits)
        }
        let opcode = frame.withUnsafeBytes { Opcode(rawValue: $0[0] & 0x0F) } ?? .binary
        let shorter = EncodedFrame(opcode: opcode, payload: payload, reservedBits: .rsv1)
        return shorter.bytes.count < frame.count ? SharedBytes(shorter.bytes, mark: frame.mark) : frame
    }

    private func deflate(_ payload: UnsafeRawBufferPointer, windowBits: Int) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(payload.count / 2)
        deflaters[windowBits, default: Deflater(windowBits: windowBits)].deflate(payload, into: &output)
        deflaters[windowBits]?.reset()
        return output
    }
}
