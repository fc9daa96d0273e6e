/// The head of a response, as a client reads it: RFC 9112 §4.
public struct HTTPResponseHead: Sendable, Hashable {
    public let version: HTTPVersion
    public let status: HTTPStatus
    /// The words of the status line, which mean nothing to a program.
    public let reason: String
    public let headers: HTTPHeaders
}
