/// What can be wrong with an HTTP/1.1 message: the one table from fault to status and words.
///
/// After one of these the connection is closed: where the next request would begin is unknown.
public enum HTTPError: Error, Sendable, Hashable {
    /// Not `method SP target SP version`, or a method that isn't a token (RFC 9112 §3).
    case malformedStartLine
    /// A target that is neither a path, a URL nor `*`, or whose path is broken percent-encoding (RFC 9112 §3.2).
    case malformedTarget
    /// A field without a colon, or whose name isn't a token; white space before the colon included (RFC 9112 §5).
    case malformedField
    /// A field continued on the next line (RFC 9112 §5.2).
    case foldedField
    /// A control character, a CR or LF alone included (RFC 9112 §2.2, RFC 9110 §5.5).
    case forbiddenCharacter
    /// No Host, several, or one that is no `host[:port]` (RFC 9112 §3.2).
    case invalidHost
    /// A Content-Length that isn't one number, or stands beside Transfer-Encoding (RFC 9112 §6.3).
    case invalidContentLength
    /// A Transfer-Encoding that leaves the end of the body in doubt: `chunked` not last or twice, or in HTTP/1.0
    /// (RFC 9112 §6.1).
    case invalidTransferEncoding
    /// A chunk without a hexadecimal size, or that ends elsewhere than its size says (RFC 9112 §7.1).
    case invalidChunk
    /// A body that is over the limit.
    case bodyTooLarge
    /// A handshake with a body, which none has.
    case bodyNotAccepted
    /// A Transfer-Encoding other than `chunked`, or a handshake's (RFC 9112 §6.1).
    case transferEncodingNotSupported
    /// The request line is over the limit.
    case startLineTooLong
    /// A field line is over the limit.
    case fieldTooLong
    /// The whole head is over the limit.
    case headTooLarge
    /// More fields than allowed.
    case tooManyFields
    /// An Expect field that wants something else than `100-continue` (RFC 9110 §10.1.1).
    case unknownExpectation
    /// A version other than HTTP/1.x.
    case unsupportedVersion
    /// The request wasn't complete in time. (For the owner of the clock; the parser never throws it.)
    case timeout

    /// The status to answer with.
    public var status: HTTPStatus {
        switch self {
        case .malformedStartLine, .malformedTarget, .malformedField, .foldedField, .forbiddenCharacter, .invalidHost,
            .invalidContentLength, .invalidTransferEncoding, .invalidChunk:
            .badRequest
        case .bodyNotAccepted, .bodyTooLarge: .contentTooLarge
        case .transferEncodingNotSupported: .notImplemented
        case .startLineTooLong: .uriTooLong
        case .fieldTooLong, .headTooLarge, .tooManyFields: .headersTooLarge
        case .unknownExpectation: .expectationFailed
        case .unsupportedVersion: .versionNotSupported
        case .timeout: .requestTimeout
        }
    }

    /// Short words for a person.
    public var reason: String {
        switch self {
        case .malformedStartLine: "The first line is not HTTP."
        case .malformedTarget: "The request target is malformed."
        case .malformedField: "A header field is malformed."
        case .foldedField: "A header field must not be folded."
        case .forbiddenCharacter: "The head holds a character that must not be there."
        case .invalidHost: "Exactly one valid Host header is needed."
        case .invalidContentLength: "The length of the body is malformed."
        case .invalidTransferEncoding: "The transfer encoding is malformed."
        case .invalidChunk: "The chunks of the body are malformed."
        case .bodyTooLarge: "The body is too large."
        case .bodyNotAccepted: "A handshake has no body."
        case .transferEncodingNotSupported: "This server does not take this transfer encoding."
        case .startLineTooLong: "The request line is too long."
        case .fieldTooLong: "A header field is too long."
        case .headTooLarge: "The header fields are too large."
        case .tooManyFields: "There are too many header fields."
        case .unknownExpectation: "This server knows no expectation but 100-continue."
        case .unsupportedVersion: "This server speaks HTTP/1.1."
        case .timeout: "The request took too long."
        }
    }

    /// The answer, after which the connection is closed.
    public var response: HTTPResponse { HTTPResponse(status: status, text: reason, keepsAlive: false) }
}

extension HTTPError: CustomStringConvertible {
    public var description: String { reason }
}
