import TestSupport
import Testing
import WebSocket

/// Parses the first request of a stream; also returns how many bytes of the last chunk were left.
func parseRequest(
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

/// The error all feedings of `text` end with; nil if there is none.
func requestError(
    _ text: some Collection<UInt8>,
    limits: HTTPLimits = .init(),
    sourceLocation: SourceLocation = #_sourceLocation
) -> HTTPError? {
    var found: Set<HTTPError?> = []
    let bytes = Array(text)
    let feedings = bytes.count > 1_000 ? [[bytes], bytes.map { [$0] }] : everyFeeding(of: bytes)
    for feeding in feedings {
        do throws(HTTPError) {
            _ = try parseRequest(feeding, limits: limits)
            found.insert(nil)
        } catch {
            found.insert(error)
        }
    }
    #expect(found.count == 1, "every feeding gives the same", sourceLocation: sourceLocation)
    return found.first ?? nil
}

/// A complete request from its request line and fields.
func request(_ line: String, _ fields: String...) throws -> HTTPRequest {
    let head = ([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
    return try #require(try parseRequest([Array(head.utf8)]).request)
}
