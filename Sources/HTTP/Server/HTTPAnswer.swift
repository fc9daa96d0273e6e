public import Transport

/// How a request is answered.
///
/// A body that nobody has read by then is read and dropped first, up to `HTTPConfiguration.limits.body`; where it is, or
/// may be, larger, the answer comes at once and the connection ends behind it.
public enum HTTPAnswer: Sendable {
    case response(HTTPResponse)
    /// The head of this response and its body, if it has one, at once, and then whatever is written to the stream, which
    /// the closure is given on the loop. HTTP/1.1 gets it in chunks; for HTTP/1.0 the connection ends behind it. For HEAD,
    /// and where the status allows no body, the head is all, and the closure isn't called.
    case stream(HTTPResponse, @Sendable (HTTPResponseStream, isolated EventLoop) -> Void)
    /// The answer comes later: the closure is called at once, on the loop, and the exchange is told the answer some time
    /// within `HTTPConfiguration.answerTimeout`, counted from when the body was read or isn't being read. After that
    /// the request gets 503.
    case later(@Sendable (HTTPExchange, isolated EventLoop) -> Void)
    /// By the ``HTTPUpgrader`` of this name, which takes the connection over if the request is a proper one. Where the
    /// server has none of this name, the request gets 501.
    case upgrade(to: String)

    /// `later`, with a task that runs on the connection's loop and is cancelled when its answer is no longer wanted. An
    /// error that it throws is 500.
    public static func asynchronous(
        _ body: @escaping @Sendable (HTTPRequestBody) async throws -> HTTPAnswer
    ) -> HTTPAnswer {
        .later { exchange, loop in exchange.run(on: loop, body) }
    }

    /// `stream`, with a task that runs on the connection's loop and is cancelled when the connection ends. The body ends
    /// when the task returns; where it throws, the connection ends without the body's end.
    public static func streaming(
        _ head: HTTPResponse, _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
    ) -> HTTPAnswer {
        .stream(head) { stream, loop in stream.run(on: loop, body) }
    }
}
