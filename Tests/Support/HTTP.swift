package import HTTP

/// Parses the first request of a stream; also returns how many bytes of the last chunk were left.
package func parseRequest(
    _ chunks: [[UInt8]],
    limits: HTTPLimits = .init()
) throws(HTTPError) -> (request: HTTPRequest?, left: Int) {
    var parser = HTTPRequestParser(limits: limits)
    for chunk in chunks {
        var copy = chunk
        let outcome = copy.withUnsafeMutableBytes { buffer -> Result<(HTTPRequest?, Int), HTTPError> in
            var input = buffer
            do throws(HTTPError) {
                let request = try parser.next(from: &input)
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
