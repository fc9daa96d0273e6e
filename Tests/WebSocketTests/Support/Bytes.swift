import TestSupport
import WebSocket

/// Bytes from hexadecimal digits; white space is skipped and `#` begins a comment.
func hex(_ text: String) -> [UInt8] {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.prefix { $0 != "#" } }
    let digits = lines.joined().compactMap(\.hexDigitValue).map(UInt8.init)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Calls `body` with a view of a copy of `bytes` that can be consumed and unmasked in place.
func withInput<Result>(
    _ bytes: [UInt8],
    _ body: (inout UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    var copy = bytes
    return try copy.withUnsafeMutableBytes {
        var input = $0
        return try body(&input)
    }
}

let sampleKey = Client.sampleKey

/// A client's frame with any header, however wrong, and a payload masked with ``sampleKey``.
func clientFrame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var header = FrameHeader(opcode: .text, payloadLength: payload.count, maskingKey: sampleKey)
    header.isFinal = true
    var bytes: [UInt8] = []
    EncodedFrame.append(header, payload: payload, to: &bytes)
    bytes[0] = first
    return bytes
}
