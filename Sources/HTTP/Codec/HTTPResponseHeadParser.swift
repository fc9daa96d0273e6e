/// Reads the head of an HTTP/1.1 response from a stream and stops behind the empty line: RFC 9112 §4.
package struct HTTPResponseHeadParser: Sendable {
    private struct StatusLine {
        var version: HTTPVersion
        var status: HTTPStatus
        var reason: String
    }

    private let limits: HTTPLimits
    private var reader: HTTPLineReader
    private var statusLine: StatusLine?
    private var headers = HTTPHeaders()

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        reader = HTTPLineReader(limits: limits)
    }

    /// Takes the head off the front of `input`, and none of what follows it.
    ///
    /// - Returns: nil once `input` is used up.
    package mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> HTTPResponseHead? {
        while let line = try reader.next(from: &input, tooLong: .fieldTooLong) {
            guard let statusLine else {
                self.statusLine = try Self.parseStatusLine(line)
                continue
            }
            if line.isEmpty {
                let head = HTTPResponseHead(
                    version: statusLine.version,
                    status: statusLine.status,
                    reason: statusLine.reason,
                    headers: headers
                )
                self = HTTPResponseHeadParser(limits: limits)
                return head
            }
            guard headers.fields.count < limits.fields else { throw .tooManyFields }
            try headers.append(line: line)
        }
        return nil
    }

    private static func parseStatusLine(_ line: [UInt8]) throws(HTTPError) -> StatusLine {
        let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[1].count == 3, let status = HTTPSyntax.number(parts[1], limit: 999) else {
            throw .malformedStartLine
        }
        return StatusLine(
            version: try HTTPVersion.parse(parts[0]),
            status: HTTPStatus(rawValue: status),
            reason: parts.count == 3 ? String(decoding: parts[2], as: UTF8.self) : ""
        )
    }
}
