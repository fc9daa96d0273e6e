import TestSupport
import WebSocket

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
