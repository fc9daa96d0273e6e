public import Transport

/// Answers the requests of an ``HTTPServer``. Every call is made on the loop of the connection that it is about.
public protocol HTTPHandler: Sendable {
    /// Answers a request.
    func respond(to request: HTTPRequest, on loop: isolated EventLoop) -> HTTPAnswer
    /// The server refuses a request by itself; the answer is the handler's to change, for one to say what to set, or to
    /// log. The default sends `response` as it is.
    func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, on loop: isolated EventLoop
    ) -> HTTPResponse
}

extension HTTPHandler {
    public func refused(
        _ request: HTTPRequest, for reason: HTTPRefusal, with response: HTTPResponse, on loop: isolated EventLoop
    ) -> HTTPResponse { response }
}

/// How a request is answered.
public enum HTTPAnswer: Sendable {
    case response(HTTPResponse)
    /// By the ``HTTPUpgrader`` of this name, which takes the connection over if the request is a proper one. Where the
    /// server has none of this name, the request gets 501.
    case upgrade(to: String)
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
