package import WebSocket

/// A frame as a raw peer sees it.
package struct ServerFrame: Equatable, Sendable {
    package let opcode: Opcode
    package let payload: [UInt8]

    package init(opcode: Opcode, payload: [UInt8]) { (self.opcode, self.payload) = (opcode, payload) }

    package static func text(_ text: String) -> ServerFrame { ServerFrame(opcode: .text, payload: Array(text.utf8)) }
    package static func pong(_ payload: [UInt8]) -> ServerFrame { ServerFrame(opcode: .pong, payload: payload) }

    package var text: String { String(decoding: payload, as: UTF8.self) }

    /// The code of a Close frame; nil for other frames, and for an empty one.
    package var closeCode: CloseCode? {
        guard opcode == .close, payload.count >= 2 else { return nil }
        return CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
    }

    /// The whole frames behind the handshake's answer.
    package static func frames(in stream: [UInt8]) -> [ServerFrame] {
        var rest = stream[(stream.endOfHead ?? stream.endIndex)...]
        let rules = FrameHeader.Rules(requiresMask: false, payloadLimit: .max)
        var frames: [ServerFrame] = []
        while let header = rest.withUnsafeBytes({ try? FrameHeader.parse($0, rules: rules) }),
            rest.count >= header.encodedSize + header.payloadLength
        {
            rest = rest.dropFirst(header.encodedSize)
            frames.append(ServerFrame(opcode: header.opcode, payload: Array(rest.prefix(header.payloadLength))))
            rest = rest.dropFirst(header.payloadLength)
        }
        return frames
    }
}

extension [UInt8] {
    /// Behind the first empty line.
    package var endOfHead: Int? {
        let end = Array("\r\n\r\n".utf8)
        return indices.dropLast(3).first { self[$0] == end[0] && Array(self[$0..<$0 + 4]) == end }.map { $0 + 4 }
    }
}

/// A client's frames, well formed.
package enum Client {
    package static let sampleKey = MaskingKey(0x37, 0xFA, 0x21, 0x3D)

    package static func text(_ text: String) -> [UInt8] { EncodedFrame.text(text, maskingKey: sampleKey).bytes }
    package static func binary(_ bytes: [UInt8]) -> [UInt8] { EncodedFrame.binary(bytes, maskingKey: sampleKey).bytes }
    package static func ping(_ payload: [UInt8] = []) -> [UInt8] {
        EncodedFrame.ping(payload, maskingKey: sampleKey).bytes
    }
    package static func close(_ code: CloseCode?) -> [UInt8] { EncodedFrame.close(code, maskingKey: sampleKey).bytes }
    package static func fragment(_ opcode: Opcode, _ text: String, isFinal: Bool = false) -> [UInt8] {
        EncodedFrame(opcode: opcode, payload: text.utf8, isFinal: isFinal, maskingKey: sampleKey).bytes
    }
}
