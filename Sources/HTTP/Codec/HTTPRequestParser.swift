/// Reads HTTP/1.1 requests from a stream, whatever pieces they come in: RFC 9112.
///
/// It is strict where the RFC allows it, looks at each byte once, and stops behind each event: the bytes after a request
/// are the caller's (a WebSocket client may send frames in the packet of its handshake), and those of a body wait until
/// they are asked for. After it has thrown, a parser isn't used again.
public struct HTTPRequestParser: Sendable {
    /// What the next of the stream is.
    public enum Event {
        /// A request's head. `end` follows, and before that its body, if it has one.
        case head(HTTPRequest)
        /// Bytes of the body, at least one; a part of the input, and valid for as long as that is.
        case body(UnsafeMutableRawBufferPointer)
        /// The request is complete.
        case end
    }

    private struct Head {
        var method: String
        var target: String
        var parts: HTTPRequestTarget
        var version: HTTPVersion
        var headers = HTTPHeaders()
    }

    private enum State {
        case beforeHead(hasSkippedLine: Bool)
        case head(Head)
        /// The head was given, and nothing of the body has been looked at: the limit may still be set.
        case beforeBody(HTTPBodyLength)
        case body(HTTPBodyDecoder)
    }

    private let limits: HTTPLimits
    private var reader: HTTPLineReader
    private var state = State.beforeHead(hasSkippedLine: false)
    /// The most bytes that the body of this request may have. It is `limits.body` for each, and may be changed between
    /// its head and the next event.
    public var bodyLimit: Int

    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        reader = HTTPLineReader(limits: limits)
        bodyLimit = limits.body
    }

    /// Whether a request has begun and isn't complete: closing the connection now loses it. (An empty line before it
    /// doesn't begin it.)
    public var isUnderWay: Bool {
        if case .beforeHead = state { reader.isWithinLine } else { true }
    }

    /// Takes the next event off the front of `input`, and none of what follows it.
    ///
    /// - Returns: nil once `input` is used up.
    /// - Throws: ``HTTPError``: answer with its `response` and close.
    public mutating func next(from input: inout UnsafeMutableRawBufferPointer) throws(HTTPError) -> Event? {
        while true {
            switch state {
            case .beforeHead(let hasSkippedLine):
                guard let line = try reader.next(from: &input, tooLong: .startLineTooLong) else { return nil }
                // RFC 9112 §2.2: one empty line before a request is skipped.
                if line.isEmpty, !hasSkippedLine {
                    state = .beforeHead(hasSkippedLine: true)
                } else {
                    state = .head(try Self.parseRequestLine(line))
                }
            case .head(var head):
                guard let line = try reader.next(from: &input, tooLong: .fieldTooLong) else { return nil }
                if line.isEmpty {
                    let request = try Self.request(from: head)
                    state = .beforeBody(request.bodyLength)
                    return .head(request)
                }
                state = .beforeHead(hasSkippedLine: true)  // so that the fields aren't copied
                guard head.headers.fields.count < limits.fields else { throw .tooManyFields }
                try head.headers.append(line: line)
                state = .head(head)
            case .beforeBody(let length):
                state = .body(try HTTPBodyDecoder(length, limits: limits, maximumSize: bodyLimit))
            case .body(var body):
                state = .beforeHead(hasSkippedLine: true)  // so that nothing is copied
                switch try body.next(from: &input) {
                case nil:
                    state = .body(body)
                    return nil
                case .bytes(let bytes):
                    state = .body(body)
                    return .body(bytes)
                case .end:
                    self = HTTPRequestParser(limits: limits)
                    return .end
                }
            }
        }
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
        let length = try HTTPBodyLength(head.headers, version: head.version)
        if length != .none, head.headers.contains("websocket", in: "Upgrade") {
            throw length == .chunked ? .transferEncodingNotSupported : .bodyNotAccepted
        }
        let expectations = head.version >= .http11 ? head.headers.elements("Expect") : []
        guard expectations.allSatisfy({ HTTPSyntax.equalIgnoringCase($0, "100-continue") }) else {
            throw .unknownExpectation
        }
        return HTTPRequest(
            method: head.method,
            target: head.target,
            path: head.parts.path,
            queryItems: head.parts.queryItems,
            version: head.version,
            headers: head.headers,
            host: try host(of: head),
            bodyLength: length
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
