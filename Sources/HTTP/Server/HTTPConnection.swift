import Transport

/// A connection that speaks HTTP: requests in, responses out, until one of them changes its protocol.
///
/// One request at a time: the next is read when the answer to the one before has been given to its end, so that answers
/// keep the order of requests however late they come. Meanwhile the peer is not read, or not for long.
final class HTTPConnection {
    enum Phase {
        /// The first request is awaited, or under way: the request timeout runs since the connection was made.
        case first
        /// Kept alive between two requests: the keep-alive timeout runs.
        case idle
        /// A later request is under way: the request timeout runs since its first byte. The same while answers that the
        /// peer doesn't read hold the next request up.
        case request
        /// The head of a request is here, and its answer isn't complete.
        case exchange(HTTPExchange)
        /// All has been said: what the peer still sends is read away until it ends its side too.
        case ending
    }

    /// What the timer is for while an exchange is under way.
    enum ExchangeWait {
        /// The peer is to send more of the body: the request timeout runs.
        case body
        /// The handler is to answer.
        case answer
        /// The peer is to take what is streamed to it.
        case stream
    }

    /// How long a connection that ends between two requests reads on, so that a request on its way meets the end of a
    /// stream and not a reset connection: clients may then repeat it (RFC 9112 §9.3.1).
    static let lingering: Duration = .seconds(2)
    /// The same where the whole server ends.
    static let lastLingering: Duration = .milliseconds(500)
    /// The client may send the body that it has announced: RFC 9110 §15.2.1.
    private static let continuation = SharedBytes(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))

    let server: HTTPServerLoop
    let place: ConnectionPlace
    let hosts: HostPolicy
    var parser: HTTPRequestParser
    var phase = Phase.first
    /// nil once it is closed, or has changed its protocol.
    var connection: TCPConnection?
    var timer: TimerToken?
    var exchangeWait: ExchangeWait?
    /// When the whole body of the request under way has to be there.
    var bodyDeadline = ContinuousClock.Instant.now
    /// What was read and is not to be looked at yet; never more than one read.
    private var unread: [UInt8] = []
    private var isAdvancing = false

    /// - Parameter hosts: the names that requests may come under.
    init(server: HTTPServerLoop, place: ConnectionPlace, hosts: HostPolicy) {
        self.server = server
        self.place = place
        self.hosts = hosts
        parser = HTTPRequestParser(limits: server.configuration.limits)
    }

    /// - Parameter refusal: set when the connection is one too many: what it gets instead of an answer.
    func start(_ connection: TCPConnection, refusal: HTTPResponse?, on loop: isolated EventLoop) {
        self.connection = connection
        connection.outboundBudget = .max
        server.began(self)
        if let refusal { return send(refusal, on: loop) }
        startTimer(server.configuration.requestTimeout, on: loop)
        if server.stage == .closing { shutDown(on: loop) }
    }

    // MARK: Requests

    /// Goes on as far as what has been read, and what the handler has said, allow.
    func advance(on loop: isolated EventLoop) {
        // The outermost call sees whatever is said by those within it.
        if isAdvancing { return }
        var bytes = unread
        unread = []
        bytes.withUnsafeMutableBytes { buffer in
            var rest = buffer
            advance(&rest, on: loop)
        }
    }

    private func advance(_ rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        isAdvancing = true
        defer { isAdvancing = false }
        do throws(HTTPError) {
            while connection != nil, try step(&rest, on: loop) {}
        } catch {
            fail(error, on: loop)
        }
        guard let connection else { return }
        if case .ending = phase { return }
        unread = Array(rest)
        if wantsInput { connection.resumeInput(on: loop) } else { connection.pauseInput(on: loop) }
        if case .exchange(let exchange) = phase { watch(exchange, on: loop) }
    }

    /// Whether more is to be read from the peer. While a stream is written it is read, so that its end is noticed.
    private var wantsInput: Bool {
        guard unread.isEmpty, let connection else { return false }
        guard case .exchange(let exchange) = phase else {
            return connection.queuedByteCount < server.configuration.outboundBudget
        }
        if case .streaming = exchange.output { return true }
        switch exchange.input {
        case .awaited, .dropped: return true
        case .untouched, .complete: return false
        }
    }

    /// - Returns: whether anything has changed, so that there may be more to do.
    private func step(_ rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) throws(HTTPError)
        -> Bool
    {
        switch phase {
        case .ending: return false
        case .exchange(let exchange): return try step(exchange, &rest, on: loop)
        case .first, .idle, .request: break
        }
        // A peer that pipelines requests and never reads must not fill the outbox.
        if let connection, connection.queuedByteCount >= server.configuration.outboundBudget {
            if case .idle = phase { beginRequest(on: loop) }
            connection.awaitDrain(on: loop)
            return false
        }
        guard case .head(let request)? = try parser.next(from: &rest) else {
            switch phase {
            case .idle where parser.isUnderWay: beginRequest(on: loop)
            case .request where !parser.isUnderWay: becomeIdle(on: loop)
            default: break
            }
            return false
        }
        try begin(request, on: loop)
        return true
    }

    private func beginRequest(on loop: isolated EventLoop) {
        phase = .request
        startTimer(server.configuration.requestTimeout, on: loop)
    }

    private func begin(_ request: HTTPRequest, on loop: isolated EventLoop) throws(HTTPError) {
        if request.bodyLength != .none, let limit = server.handler.bodyLimit(for: request, on: loop) {
            parser.bodyLimit = limit
        }
        if case .fixed(let count) = request.bodyLength, count > parser.bodyLimit { throw .bodyTooLarge }
        if request.bodyLength == .none {
            var nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            _ = try parser.next(from: &nothing)
        }
        // The body is a part of the request, whose time is running already unless it came at once.
        if case .idle = phase { exchangeWait = nil } else { exchangeWait = .body }
        bodyDeadline = loop.now.advanced(by: server.configuration.bodyTimeout)
        let exchange = HTTPExchange(request, connection: self, server: server)
        phase = .exchange(exchange)
        guard server.configuration.pathsForAnyHost.contains(request.path) || hosts.allows(request) else {
            let response = server.handler.refused(request, for: .unknownHost, with: .misdirected(request), on: loop)
            return exchange.answer(.response(response), on: loop)
        }
        exchange.answer(server.handler.respond(to: request, on: loop), on: loop)
    }

    // MARK: One exchange

    private func step(
        _ exchange: HTTPExchange, _ rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) throws(HTTPError) -> Bool {
        switch exchange.output {
        case .streaming, .over: return false
        case .none: break
        case .ready(let answer):
            if mustGive(answer, to: exchange, isBodyHere: !rest.isEmpty) {
                give(answer, to: exchange, rest: &rest, on: loop)
                return true
            }
            if case .untouched = exchange.input { exchange.input = .dropped(0) }
        }
        switch exchange.input {
        case .untouched, .complete: return false
        case .awaited, .dropped: break
        }
        if !exchange.hasBodyBegun, rest.isEmpty, exchange.request.expectsContinue {
            connection?.send(Self.continuation, on: loop)
        }
        exchange.hasBodyBegun = true
        switch try parser.next(from: &rest) {
        case nil, .head: return false
        case .body(let bytes):
            if case .dropped = exchange.input {} else { extendBodyTime(on: loop) }
            exchange.take(bytes)
        case .end: exchange.takeEnd()
        }
        return true
    }

    /// Whether an answer is due: the body is complete, or so much of it is left that nobody reads it away.
    private func mustGive(_ answer: HTTPAnswer, to exchange: HTTPExchange, isBodyHere: Bool) -> Bool {
        let limit = server.configuration.limits.body
        switch exchange.input {
        case .complete: return true
        case .dropped(let count): return count > limit
        case .untouched, .awaited: break
        }
        if case .fixed(let count) = exchange.request.bodyLength, count - exchange.bodyCount > limit { return true }
        // The client holds the body back, and shall keep it (RFC 9110 §10.1.1).
        guard case .response(let response) = answer, response.status.rawValue >= 400 else { return false }
        return exchange.request.expectsContinue && !exchange.hasBodyBegun && !isBodyHere
    }

    /// What is wrong with the rest of a request, said to both sides.
    func fail(_ error: HTTPError, on loop: isolated EventLoop) {
        if case .exchange(let exchange) = phase { exchange.end(.request(error), on: loop) }
        send(error.response, on: loop)
    }
}

extension HTTPConnection: TCPConnectionHandler {
    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        if unread.isEmpty {
            var rest = bytes
            return advance(&rest, on: loop)
        }
        unread += bytes
        advance(on: loop)
    }

    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {
        if case .exchange(let exchange) = phase, case .streaming(let stream, _) = exchange.output {
            stream.drained(on: loop)
        }
        advance(on: loop)
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        self.connection = nil
        if case .exchange(let exchange) = phase { exchange.end(.ended, on: loop) }
        phase = .ending
        place.release(connection.remoteAddress)
        server.ended(self)
    }
}
