/// The file format gzip: RFC 1952. It is what the content coding `gzip` of HTTP carries (RFC 9110 §8.4.1.3).
package enum Gzip {
    /// All of `bytes` as one gzip member, without a name or a time.
    ///
    /// It takes memory of some 300 KiB for the time of the call. Incompressible bytes grow by 5 for each 16,383 begun,
    /// and 25.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        // Magic number, method deflate, no flags, no time, no hint of the effort, an unknown system (§2.3).
        var output: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        var deflater = Deflater()
        bytes.withUnsafeBytes { deflater.deflate($0, into: &output) }
        // The rest of the empty stored block that a message ends with; then an empty block that is marked as the last.
        output += [0x00, 0x00, 0xFF, 0xFF, 0x03, 0x00]
        appendLittleEndian(CRC32.checksum(of: bytes), to: &output)
        appendLittleEndian(UInt32(truncatingIfNeeded: bytes.count), to: &output)
        return output
    }

    private static func appendLittleEndian(_ number: UInt32, to output: inout [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) { output.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
