/// The head of a request: RFC 9112 §3.
public struct HTTPRequest: Sendable, Hashable {
    /// One `name=value` of the query, decoded.
    public struct QueryItem: Sendable, Hashable {
        public let name: String
        /// Empty where there is no equals sign.
        public let value: String
    }

    /// The method as sent; methods are case-sensitive.
    public let method: String
    /// The target as sent; bytes that aren't UTF-8 stand as U+FFFD.
    public let target: String
    /// The target's path, percent-decoded. It may hold `..`, control characters and encoded slashes: look it up in a
    /// table, never in a file system.
    public let path: String
    /// The target's query as HTML forms have it, decoded, in order. It may hold anything: a stray percent sign is kept,
    /// what isn't UTF-8 stands as U+FFFD.
    public let queryItems: [QueryItem]
    /// The version as sent.
    public let version: HTTPVersion
    /// The fields.
    public let headers: HTTPHeaders
    /// Whom the client means: what a target in absolute form says, else the Host field (RFC 9112 §3.2.2). nil only in
    /// HTTP/1.0.
    public let host: HTTPAuthority?
    /// How its body ends.
    public let bodyLength: HTTPBodyLength

    /// The value of the first query item of this name; later ones count for nothing.
    public func query(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }

    /// The parts of the path between its slashes, each percent-decoded by itself: a slash that was sent encoded is part of
    /// a segment. `/` has none; a slash at the end makes an empty one.
    public var pathSegments: [String] { HTTPRequestTarget.segments(of: target) }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1). HTTP/1.0 doesn't know it.
    public var expectsContinue: Bool {
        version >= .http11 && bodyLength != .none && headers.contains("100-continue", in: "Expect")
    }

    /// Whether the client wants to go on with this connection: RFC 9112 §9.3.
    public var wantsKeepAlive: Bool {
        guard !headers.contains("close", in: "Connection") else { return false }
        return version >= .http11 || headers.contains("keep-alive", in: "Connection")
    }
}
