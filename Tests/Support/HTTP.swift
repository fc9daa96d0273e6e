package import HTTP

extension HTTPRequestParser {
    /// The next request whose end has been reached; its body is dropped. Events are taken until then, or until `input` is
    /// used up: who asks again gets on where it was.
    package mutating func nextRequest(
        _ pending: inout HTTPRequest?, from input: inout UnsafeMutableRawBufferPointer
    ) throws(HTTPError) -> HTTPRequest? {
        while let event = try next(from: &input) {
            switch event {
            case .head(let request): pending = request
            case .body: break
            case .end: return pending.take()
            }
        }
        return nil
    }
}

/// Parses the first request of a stream; also returns how many bytes of the last chunk were left.
package func parseRequest(
    _ chunks: [[UInt8]],
    limits: HTTPLimits = .init()
) throws(HTTPError) -> (request: HTTPRequest?, left: Int) {
    var parser = HTTPRequestParser(limits: limits)
    var pending: HTTPRequest?
    for chunk in chunks {
        var copy = chunk
        let outcome = copy.withUnsafeMutableBytes { buffer -> Result<(HTTPRequest?, Int), HTTPError> in
            var input = buffer
            do throws(HTTPError) {
                let request = try parser.nextRequest(&pending, from: &input)
                return .success((request, input.count))
            } catch {
                return .failure(error)
            }
        }
        let (request, left) = try outcome.get()
        if let request { return (request, left) }
    }
    return (nil, 0)
}

/// A complete request from its request line and fields.
package func request(_ line: String, _ fields: String...) throws -> HTTPRequest {
    let head = ([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
    guard let request = try parseRequest([Array(head.utf8)]).request else { throw TestFailure("no whole request") }
    return request
}
