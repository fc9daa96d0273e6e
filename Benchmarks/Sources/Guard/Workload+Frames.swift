import WebSocket

extension Workload {
    static let frames = [
        simple("websocket mask 4 KiB") {
            // Not a multiple of a word, as payloads are.
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_099, alignment: 1)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return {
                Masking.apply(key, to: bytes)
                return Int(bytes[4_098])
            }
        },
        simple("frame encode") { { EncodedFrame.text(Sample.event).bytes.count } },
        decoding(
            "frame decode 8 ASCII", [[UInt8]](repeating: masked(Sample.event), count: 8).flatMap(\.self), messages: 8),
        decoding(
            "frame decode 8 Unicode", [[UInt8]](repeating: masked(Sample.unicode), count: 8).flatMap(\.self),
            messages: 8),
        decoding("frame decode fragments", fragmented(Sample.unicode), messages: 1),
    ]

    static let key = MaskingKey(0x37, 0xFA, 0x21, 0x3D)

    private static func masked(_ text: String) -> [UInt8] { EncodedFrame.text(text, maskingKey: key).bytes }

    /// A message in fragments of 32 bytes, which cut characters too.
    private static func fragmented(_ text: String) -> [UInt8] {
        let payload = Array(text.utf8)
        let starts = stride(from: 0, to: payload.count, by: 32)
        return starts.flatMap { start in
            EncodedFrame(
                opcode: start == 0 ? .text : .continuation, payload: payload[start...].prefix(32),
                isFinal: start + 32 >= payload.count, maskingKey: key
            ).bytes
        }
    }

    /// Takes messages from what a client sent, in one read.
    static func decoding(
        _ name: String, _ bytes: @autoclosure @escaping @Sendable () -> [UInt8], messages: Int,
        compression: @autoclosure @escaping @Sendable () throws -> PerMessageDeflate? = nil
    ) -> Workload {
        simple(name) {
            let received = bytes()
            var connection = ConnectionProtocol(role: .server, compression: try compression())
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: received.count, alignment: 1)
            return {
                // It is unmasked in place, so it is needed anew each time.
                buffer.copyBytes(from: received)
                let (count, length) = try texts(in: buffer, &connection)
                precondition(count == messages)
                return length
            }
        }
    }

    /// With the connection passed in, so that only one access to what the closure holds is checked.
    private static func texts(
        in buffer: UnsafeMutableRawBufferPointer, _ connection: inout ConnectionProtocol
    ) throws -> (count: Int, length: Int) {
        var input = buffer
        var (count, length) = (0, 0)
        while case .message(.text(let text))? = try connection.nextEvent(from: &input) {
            count += 1
            length += text.utf8.count
        }
        return (count, length)
    }
}
