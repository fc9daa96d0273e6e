import WebSocket

extension Workload {
    static let inflating = [
        decoding(
            "inflate message",
            EncodedFrame(opcode: .text, payload: Sample.compressedHistory, reservedBits: .rsv1, maskingKey: key).bytes,
            messages: 1, compression: try negotiated())
    ]

    private enum Failure: Error { case notNegotiated }

    /// What a server agrees on with a client that offers compression.
    private static func negotiated() throws -> PerMessageDeflate? {
        var request = Array(Subscriber.request.utf8)
        let answer = try request.withUnsafeMutableBytes { bytes in
            var (parser, input) = (HTTPRequestParser(), bytes)
            guard case .head(let head) = try parser.next(from: &input) else { throw Failure.notNegotiated }
            return Handshake.answer(to: head, compression: .init())
        }
        guard case .accepted(_, _, let compression?) = answer else { throw Failure.notNegotiated }
        return compression
    }
}
