import Transport

/// The body of a request, read by a task piece by piece. Nothing is read from the peer but what is asked for.
public struct HTTPRequestBody: Sendable {
    let exchange: LoopBound<HTTPExchange>

    /// The next part, which may be any number of bytes; nil at the end of the body. To be called by one task at a time.
    public func next() async throws(HTTPExchangeError) -> [UInt8]? {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<[UInt8]?, HTTPExchangeError>, Never>) in
            exchange.loop.submit { loop in
                exchange.open(on: loop).read(on: loop) { continuation.resume(returning: $0) }
            }
        }
        return try result.get()
    }

    /// All that is left of the body, at most as much as the handler's `bodyLimit(for:on:)` allows.
    public func collect() async throws(HTTPExchangeError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try await next() { bytes += part }
        return bytes
    }
}
