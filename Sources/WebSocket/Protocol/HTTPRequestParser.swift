/// Reads the heads of HTTP/1.1 requests from a stream, whatever pieces it comes in: RFC 9112.
///
/// It is strict where the RFC allows it, looks at each byte once, and stops behind the empty line: the bytes after that
/// are the caller's (a WebSocket client may send frames in the packet of its handshake). Requests with a body are refused.
/// After it has thrown, a parser isn't used again.
public struct HTTPRequestParser: Sendable {
    private struct Head {
        var method: String
        var target: String
        var parts: HTTPRequestTarget
        var version: HTTPVersion
        var headers = HTTPHeaders()
    }

    private let limits: HTTPLimits
    private var reader: HTTPLineReader
    private var head: Head?
    private var hasSkippedLine = false

    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        reader = HTTPLineReader(limits: limits)
    }

    /// Whether a request has begun and isn't complete: closing the connection now loses it.
    public var isUnderWay: Bool { head != nil || !reader.isEmpty }

    /// Takes the next request off the front of `input`, and none of what follows it.
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: ``HTTPError``: answer with its `response` and close.
    public mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> HTTPRequest? {
        while let line = try reader.next(from: &input, tooLong: head == nil ? .startLineTooLong : .fieldTooLong) {
            guard var head = self.head else {
                // RFC 9112 §2.2: one empty line before a request is skipped.
                if line.isEmpty, !hasSkippedLine {
                    hasSkippedLine = true
                } else {
                    self.head = try Self.parseRequestLine(line)
                }
                continue
            }
            if line.isEmpty {
                self = HTTPRequestParser(limits: limits)
                return try Self.request(from: head)
            }
            guard head.headers.fields.count < limits.fields else { throw .tooManyFields }
            self.head = nil  // so that the fields aren't copied
            try head.headers.append(line: line)
            self.head = head
        }
        return nil
    }

    private static func parseRequestLine(_ line: [UInt8]) throws(HTTPError) -> Head {
        let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPSyntax.isToken(parts[0]), !parts[1].isEmpty else { throw .malformedStartLine }
        let version = try HTTPVersion.parse(parts[2])
        return Head(
            method: String(decoding: parts[0], as: UTF8.self),
            target: String(decoding: parts[1], as: UTF8.self),
            parts: try HTTPRequestTarget(parts[1]),
            version: version
        )
    }

    private static func request(from head: Head) throws(HTTPError) -> HTTPRequest {
        try refuseBody(head.headers)
        return HTTPRequest(
            method: head.method,
            target: head.target,
            path: head.parts.path,
            queryItems: head.parts.queryItems,
            version: head.version,
            headers: head.headers,
            host: try host(of: head)
        )
    }

    private static func host(of head: Head) throws(HTTPError) -> HTTPAuthority? {
        let values = head.headers.values("Host")
        if values.isEmpty, head.version < .http11 { return head.parts.authority }
        guard values.count == 1, let host = HTTPAuthority(values[0]) else { throw .invalidHost }
        // RFC 9112 §3.2.2: a URL as the target goes before Host; one that says otherwise is no honest client's.
        guard head.parts.authority == nil || head.parts.authority == host else { throw .invalidHost }
        return host
    }

    private static func refuseBody(_ headers: HTTPHeaders) throws(HTTPError) {
        let lengths = headers.values("Content-Length")
        guard headers.values("Transfer-Encoding").isEmpty else {
            // RFC 9112 §6.3: both together smell of request smuggling.
            throw lengths.isEmpty ? .transferEncodingNotSupported : .invalidContentLength
        }
        guard let first = lengths.first else { return }
        guard lengths.count == 1, !first.isEmpty, first.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .invalidContentLength
        }
        guard first.utf8.allSatisfy({ $0 == 0x30 }) else { throw .bodyNotAccepted }
    }
}
