/// Reads a request's body to its end, whatever it is delimited by: RFC 9112 §6.
struct HTTPBodyDecoder: Sendable {
    enum Part {
        /// At least one byte; a part of the input, and valid for as long as that is.
        case bytes(UnsafeMutableRawBufferPointer)
        case end
    }

    private enum State: Sendable {
        case fixed(left: Int)
        case chunked(HTTPChunkedDecoder)
    }

    private var state: State

    /// - Parameters:
    ///   - limits: what the trailer of a chunked body may cost.
    ///   - maximumSize: the most bytes that the body may have.
    /// - Throws: `bodyTooLarge` for more than that, where the length says so.
    init(_ length: HTTPBodyLength, limits: HTTPLimits, maximumSize: Int) throws(HTTPError) {
        switch length {
        case .none:
            state = .fixed(left: 0)
        case .fixed(let count):
            guard count <= maximumSize else { throw .bodyTooLarge }
            state = .fixed(left: count)
        case .chunked:
            state = .chunked(HTTPChunkedDecoder(limits: limits, maximumSize: maximumSize))
        }
    }

    /// Takes the next part off the front of `input`, and none of what follows the body. A trailer is read and dropped: its
    /// fields could pass for some that the head was checked for (RFC 9110 §6.5.1).
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: as the decoder of chunks does.
    mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> Part? {
        switch state {
        case .fixed(0): return .end
        case .fixed(let left):
            guard !input.isEmpty else { return nil }
            let bytes = input.consume(min(left, input.count))
            state = .fixed(left: left - bytes.count)
            return .bytes(bytes)
        case .chunked(var decoder):
            state = .fixed(left: 0)  // so that nothing is copied
            defer { state = .chunked(decoder) }
            switch try decoder.next(from: &input) {
            case nil: return nil
            case .bytes(let bytes): return .bytes(bytes)
            case .end: return .end
            }
        }
    }
}
