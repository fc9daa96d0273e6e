/// How the end of a request's body is found: RFC 9112 §6.3.
public enum HTTPBodyLength: Sendable, Hashable {
    /// There is no body, or an empty one.
    case none
    /// So many bytes, at least one.
    case fixed(Int)
    /// The body tells it as it goes: RFC 9112 §7.1.
    case chunked

    /// - Throws: `invalidContentLength` and `invalidTransferEncoding` for what is malformed or leaves the end in doubt,
    ///   `transferEncodingNotSupported`, `bodyTooLarge` for a length that is no `Int`.
    init(_ headers: HTTPHeaders, version: HTTPVersion) throws(HTTPError) {
        let lengths = headers.values("Content-Length")
        guard headers.values("Transfer-Encoding").isEmpty else {
            // RFC 9112 §6.3: both together smell of request smuggling.
            guard lengths.isEmpty else { throw .invalidContentLength }
            self = try Self.encoded(headers.elements("Transfer-Encoding"), version)
            return
        }
        guard let first = lengths.first else {
            self = .none
            return
        }
        guard lengths.count == 1, !first.isEmpty, first.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .invalidContentLength
        }
        guard let count = HTTPSyntax.number(first.utf8, limit: .max) else { throw .bodyTooLarge }
        self = count == 0 ? .none : .fixed(count)
    }

    private static func encoded(_ codings: [String], _ version: HTTPVersion) throws(HTTPError) -> HTTPBodyLength {
        // RFC 9112 §6.1: HTTP/1.0 knows no transfer encoding; some proxy on the way may have read another length.
        guard version >= .http11, let last = codings.last else { throw .invalidTransferEncoding }
        let isChunked = codings.map { HTTPSyntax.equalIgnoringCase($0, "chunked") }
        guard isChunked.contains(true) else { throw .transferEncodingNotSupported }
        // RFC 9112 §6.1: once, and last of all; else nobody can tell where the body ends.
        guard isChunked.count(where: { $0 }) == 1, HTTPSyntax.equalIgnoringCase(last, "chunked") else {
            throw .invalidTransferEncoding
        }
        guard codings.count == 1 else { throw .transferEncodingNotSupported }
        return .chunked
    }
}
