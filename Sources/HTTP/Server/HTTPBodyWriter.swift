import Transport

/// Writes the body of a streamed response, from any task.
public struct HTTPBodyWriter: Sendable {
    let stream: LoopBound<HTTPResponseStream>

    /// Writes bytes, and returns when they are queued: at once while less than `HTTPConfiguration.outboundBudget` waits
    /// for the peer with them, else when all before them has been written. So no more than that, or one piece, ever waits.
    ///
    /// - Throws: `HTTPExchangeError.ended` when the connection has ended.
    public func write(_ bytes: some Collection<UInt8> & Sendable) async throws(HTTPExchangeError) {
        let piece = SharedBytes(bytes)
        let isWritten = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            stream.loop.submit { loop in
                stream.open(on: loop).write(piece, on: loop) { continuation.resume(returning: $0) }
            }
        }
        if !isWritten { throw .ended }
    }

    /// Writes a text's UTF-8.
    public func write(_ text: String) async throws(HTTPExchangeError) { try await write(Array(text.utf8)) }
}
