public import Transport

/// Answers the requests of an ``HTTPServer``. Every call is made on the loop of the connection that it is about.
public protocol HTTPHandler: Sendable {
    /// Answers a request, whose body has not been read yet. It comes once for each, in the order of the requests of a
    /// connection, and not before the last of them has been answered to its end.
    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer
    /// The most bytes that the body of this request may have; more is answered with 413, without asking for an answer
    /// where the length was announced. The default is `HTTPConfiguration.limits.body`.
    func bodyLimit(for request: HTTPRequest, on loop: isolated EventLoop) -> Int?
    /// The server refuses a request by itself; the answer is the handler's to change, for one to say what to set, or to
    /// log. The default sends `response` as it is.
    func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, on loop: isolated EventLoop
    ) -> HTTPResponse
}

extension HTTPHandler {
    public func bodyLimit(for request: HTTPRequest, on loop: isolated EventLoop) -> Int? { nil }
    public func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, on loop: isolated EventLoop
    ) -> HTTPResponse { response }
}

/// Why a server refuses a request that is well-formed.
public enum HTTPRefusal: Sendable, Hashable {
    /// It came under a name that `HTTPConfiguration.hosts` doesn't allow: 421.
    case unknownHost
    /// A page whose origin `HTTPConfiguration.origins` doesn't allow wants another protocol: 403.
    case foreignOrigin
}

extension HTTPResponse {
    /// 404, in words.
    public static var notFound: HTTPResponse { HTTPResponse(status: .notFound, text: "There is nothing here.") }
}
