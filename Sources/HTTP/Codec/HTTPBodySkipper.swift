/// Reads a request's body to its end and drops it.
struct HTTPBodySkipper: Sendable {
    private enum State: Sendable {
        case fixed(left: Int)
        case chunked(HTTPChunkedDecoder)
    }

    private var state: State

    /// - Returns: nil where there is no body.
    /// - Throws: `bodyTooLarge` for more than the limits allow, where the length says so.
    init?(_ length: HTTPBodyLength, limits: HTTPLimits) throws(HTTPError) {
        switch length {
        case .none: return nil
        case .fixed(let count):
            guard count <= limits.body else { throw .bodyTooLarge }
            state = .fixed(left: count)
        case .chunked:
            state = .chunked(HTTPChunkedDecoder(limits: limits, maximumSize: limits.body))
        }
    }

    /// Takes what belongs to the body off the front of `input`, and none of what follows it.
    ///
    /// - Returns: whether the body is complete.
    /// - Throws: as the decoder of chunks does.
    mutating func skip(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> Bool {
        switch state {
        case .fixed(let left):
            let count = min(left, input.count)
            _ = input.consume(count)
            state = .fixed(left: left - count)
            return count == left
        case .chunked(var decoder):
            state = .fixed(left: 0)  // so that nothing is copied
            while let part = try decoder.next(from: &input) {
                if case .end = part { return true }
            }
            state = .chunked(decoder)
            return false
        }
    }
}
