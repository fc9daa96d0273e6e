/// Bytes from hexadecimal digits; white space is skipped and `#` begins a comment.
package func hex(_ text: String) -> [UInt8] {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.prefix { $0 != "#" } }
    let digits = lines.joined().compactMap(\.hexDigitValue).map(UInt8.init)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Calls `body` with a view of a copy of `bytes` that can be consumed and unmasked in place.
package func withInput<Result>(
    _ bytes: [UInt8],
    _ body: (inout UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    var copy = bytes
    return try copy.withUnsafeMutableBytes {
        var input = $0
        return try body(&input)
    }
}
