/// Masking and unmasking a payload, which are the same operation: RFC 6455 §5.3.
public enum Masking {
    /// Masks or unmasks `bytes` in place, a word at a time; the bytes need no alignment.
    ///
    /// - Parameters:
    ///   - key: the frame's masking key.
    ///   - bytes: a piece of the payload.
    ///   - phase: how many bytes of the payload came before this piece; only its remainder by 4 counts.
    public static func apply(_ key: MaskingKey, to bytes: UnsafeMutableRawBufferPointer, phase: Int = 0) {
        guard key.rawValue != 0, let base = bytes.baseAddress else { return }
        let word = key.advanced(by: phase).rawValue.bigEndian
        let pair = UInt64(word) << 32 | UInt64(word)
        let end = base + bytes.count
        var cursor = base
        while end - cursor >= 8 {
            cursor.storeBytes(of: cursor.loadUnaligned(as: UInt64.self) ^ pair, as: UInt64.self)
            cursor += 8
        }
        withUnsafeBytes(of: word) { keyBytes in
            var index = 0
            while cursor < end {
                cursor.storeBytes(of: cursor.load(as: UInt8.self) ^ keyBytes[index & 3], as: UInt8.self)
                cursor += 1
                index += 1
            }
        }
    }
}
