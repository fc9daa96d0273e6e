/// Reads HTTP/1.1 requests from a stream, whatever pieces they come in: RFC 9112.
///
/// It is strict where the RFC allows it, looks at each byte once, and stops behind the request: the bytes after that
/// are the caller's (a WebSocket client may send frames in the packet of its handshake). A body is read to its end and
/// dropped; a request is given when it is complete, so that answers keep the order of requests. After it has thrown, a
/// parser isn't used again.
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
    /// A request whose body is still to come.
    private var withBody: (request: HTTPRequest, body: HTTPBodySkipper)?
    private var isContinueAwaited = false
    private var hasSkippedLine = false

    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        reader = HTTPLineReader(limits: limits)
    }

    /// Whether a request has begun and isn't complete: closing the connection now loses it. (An empty line before it
    /// doesn't begin it.)
    public var isUnderWay: Bool { head != nil || withBody != nil || reader.isWithinLine }

    /// Whether the client waits for `100 Continue` before it sends a body of which nothing has come yet (RFC 9110
    /// §10.1.1). It is told once.
    public mutating func takesContinue() -> Bool {
        defer { isContinueAwaited = false }
        return isContinueAwaited
    }

    /// Takes the next request off the front of `input`, and none of what follows it.
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: ``HTTPError``: answer with its `response` and close.
    public mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> HTTPRequest? {
        while true {
            if withBody != nil { return try skipBody(from: &input) }
            guard let line = try reader.next(from: &input, tooLong: head == nil ? .startLineTooLong : .fieldTooLong)
            else { return nil }
            guard var head = self.head else {
                // RFC 9112 §2.2: one empty line before a request is skipped.
                if line.isEmpty, !hasSkippedLine {
                    hasSkippedLine = true
                } else {
                    self.head = try Self.parseRequestLine(line)
                }
                continue
            }
            self.head = nil  // so that the fields aren't copied
            if line.isEmpty {
                let request = try Self.request(from: head)
                guard let body = try body(of: request) else {
                    self = HTTPRequestParser(limits: limits)
                    return request
                }
                withBody = (request, body)
                isContinueAwaited = request.version >= .http11 && request.headers.contains("100-continue", in: "Expect")
                continue
            }
            guard head.headers.fields.count < limits.fields else { throw .tooManyFields }
            try head.headers.append(line: line)
            self.head = head
        }
    }

    private mutating func skipBody(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> HTTPRequest? {
        guard !input.isEmpty, let (request, kept) = withBody else { return nil }
        var body = kept
        isContinueAwaited = false
        if try body.skip(from: &input) {
            self = HTTPRequestParser(limits: limits)
            return request
        }
        withBody = (request, body)
        return nil
    }

    private func body(of request: HTTPRequest) throws(HTTPError) -> HTTPBodySkipper? {
        let length = try HTTPBodyLength(request.headers, version: request.version)
        if length != .none, request.headers.contains("websocket", in: "Upgrade") {
            throw length == .chunked ? .transferEncodingNotSupported : .bodyNotAccepted
        }
        return try HTTPBodySkipper(length, limits: limits)
    }

    private static func parseRequestLine(_ line: [UInt8]) throws(HTTPError) -> Head {
        let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPSyntax.isToken(parts[0]), !parts[1].isEmpty else { throw .malformedStartLine }
        let version = try HTTPVersion.parse(parts[2])
        let target = String(decoding: parts[1], as: UTF8.self)
        return Head(
            method: String(decoding: parts[0], as: UTF8.self),
            target: target,
            parts: try HTTPRequestTarget(ArraySlice(target.utf8)),
            version: version
        )
    }

    private static func request(from head: Head) throws(HTTPError) -> HTTPRequest {
        HTTPRequest(
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
        // RFC 9112 §3.2.2: a URL as the target goes before Host, whatever that says.
        return head.parts.authority ?? host
    }
}
