import Transport

/// A connection that speaks HTTP: requests in, responses out, until one of them changes its protocol.
final class HTTPConnection {
    private enum Phase {
        /// The first request is awaited, or under way: the request timeout runs since the connection was made.
        case first
        /// Kept alive between two requests: the keep-alive timeout runs.
        case idle
        /// A later request is under way: the request timeout runs since its first byte. The same while answers that the
        /// peer doesn't read hold the next request up.
        case request
        /// All has been said: what the peer still sends is read away until it ends its side too.
        case ending
    }

    /// How long a connection that ends between two requests reads on, so that a request on its way meets the end of a
    /// stream and not a reset connection: clients may then repeat it (RFC 9112 §9.3.1).
    private static let lingering: Duration = .seconds(2)
    /// The same where the whole server ends.
    private static let lastLingering: Duration = .milliseconds(500)

    /// The client may send the body that it has announced: RFC 9110 §15.2.1.
    private static let continuation = SharedBytes(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))

    private let server: HTTPServerLoop
    private let place: ConnectionPlace
    private let hosts: HostPolicy
    private var parser: HTTPRequestParser
    private var phase = Phase.first
    /// nil once it is closed, or has changed its protocol.
    private var connection: TCPConnection?
    private var timer: TimerToken?
    /// What was read while answers were waiting to be written.
    private var unread: [UInt8] = []

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

    // MARK: The server's end

    /// The server is going to end: a connection between two requests ends now.
    func drain(on loop: isolated EventLoop) {
        // After the next look at what has come in: a request that has arrived already is answered.
        if phase == .idle { startTimer(.zero, on: loop) }
    }

    /// The server goes down: a request under way gets an answer, everybody else is closed without a word.
    func shutDown(on loop: isolated EventLoop) {
        guard let connection else { return }
        if phase == .ending { return startTimer(Self.lastLingering, on: loop) }
        if parser.isUnderWay { return send(.refusal(.serviceUnavailable, "This server is going down."), on: loop) }
        if connection.queuedByteCount > 0 { return finish(within: server.configuration.closeTimeout, on: loop) }
        stopTimer(on: loop)
        connection.close(on: loop)
    }

    // MARK: Time

    private func startTimer(_ delay: Duration, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        timer = loop.schedule(self, after: delay)
    }

    private func stopTimer(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    // MARK: Requests and answers

    private func serve(_ rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        do throws(HTTPError) {
            while let connection, phase != .ending {
                // A peer that pipelines requests and never reads must not fill the outbox.
                if connection.queuedByteCount >= server.configuration.outboundBudget { return hold(rest, on: loop) }
                guard let request = try parser.next(from: &rest) else { break }
                answer(request, rest: &rest, on: loop)
            }
            guard phase != .ending else { return }
            if phase == .idle, parser.isUnderWay { beginRequest(on: loop) }
            if parser.takesContinue() { connection?.send(Self.continuation, on: loop) }
        } catch {
            send(error.response, on: loop)
        }
    }

    private func beginRequest(on loop: isolated EventLoop) {
        phase = .request
        startTimer(server.configuration.requestTimeout, on: loop)
    }

    private func hold(_ rest: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        unread = Array(rest)
        if phase == .idle { beginRequest(on: loop) }
        connection?.pauseInput(on: loop)
        connection?.awaitDrain(on: loop)
    }

    private func answer(_ request: HTTPRequest, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop)
    {
        guard server.configuration.pathsForAnyHost.contains(request.path) || hosts.allows(request) else {
            return refuse(request, for: .unknownHost, .misdirected(request), on: loop)
        }
        switch server.handler.respond(to: request, on: loop) {
        case .response(let response): send(response, to: request, on: loop)
        case .upgrade(let name): upgrade(request, to: name, rest: &rest, on: loop)
        }
    }

    private func refuse(
        _ request: HTTPRequest, for reason: HTTPRefusal, _ response: HTTPResponse, on loop: isolated EventLoop
    ) {
        send(server.handler.refused(request, for: reason, with: response, on: loop), to: request, on: loop)
    }

    private func send(_ response: HTTPResponse, to request: HTTPRequest, on loop: isolated EventLoop) {
        var response = response
        if !request.wantsKeepAlive || server.stage != .serving { response.keepsAlive = false }
        send(response, forHead: request.method == "HEAD", on: loop)
    }

    private func send(_ response: HTTPResponse, forHead: Bool = false, on loop: isolated EventLoop) {
        guard let connection, phase != .ending else { return }
        server.meter.responded(response.status)
        var response = response
        let timeout = server.configuration.keepAliveTimeout
        // In whole seconds, never more than is kept (RFC 2068 §19.7.1.1 had it; browsers and client libraries know it).
        if response.keepsAlive, timeout >= .seconds(1) {
            response.headers.append("Keep-Alive", "timeout=\(timeout.components.seconds)")
        }
        connection.send(SharedBytes(response.encoded(forHead: forHead, date: server.date)), on: loop)
        guard response.keepsAlive else { return finish(within: server.configuration.closeTimeout, on: loop) }
        phase = .idle
        // A little longer than it says, so that who keeps to it never sends into the end.
        startTimer(timeout + min(timeout / 10, .seconds(2)), on: loop)
    }

    /// Nothing is answered any more: the connection ends as soon as the peer has read it all and ended its own side.
    private func finish(within limit: Duration, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        phase = .ending
        unread = []
        connection?.finish(within: min(limit, server.configuration.closeTimeout), on: loop)
        if server.stage == .closing { startTimer(Self.lastLingering, on: loop) }
    }

    private func upgrade(
        _ request: HTTPRequest, to name: String, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        guard let upgrader = server.upgraders.first(where: { $0.name == name }) else {
            let words = "This server does not speak that protocol."
            return send(HTTPResponse(status: .notImplemented, text: words), to: request, on: loop)
        }
        switch upgrader.answer(to: request, date: server.date, on: loop) {
        case .refused(let response, nil): send(response, to: request, on: loop)
        case .refused(let response, let reason?): refuse(request, for: reason, response, on: loop)
        case .accepted(let response, let take):
            guard let connection else { return }
            stopTimer(on: loop)
            self.connection = nil
            connection.send(SharedBytes(response), on: loop)
            // What came in the packet of the request is the other protocol's.
            take(
                HTTPUpgradedConnection(connection: connection, request: request, received: rest, place: place), loop)
            server.ended(self)
            rest = .init(rebasing: rest[..<0])
        }
    }
}

extension HTTPConnection: TCPConnectionHandler {
    func connection(
        _ connection: TCPConnection, received bytes: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        var rest = bytes
        serve(&rest, on: loop)
    }

    func connectionDrained(_ connection: TCPConnection, on loop: isolated EventLoop) {
        var bytes = unread
        unread = []
        connection.resumeInput(on: loop)
        bytes.withUnsafeMutableBytes { buffer in
            var rest = buffer
            serve(&rest, on: loop)
        }
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        self.connection = nil
        place.release(connection.remoteAddress)
        server.ended(self)
    }
}

extension HTTPConnection: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        switch phase {
        case .first, .request:
            server.meter.count { $0.slowRequests += 1 }
            if parser.isUnderWay { return send(HTTPError.timeout.response, on: loop) }
            // One that never began a request is closed without words.
            finish(within: Self.lingering, on: loop)
        case .idle:
            finish(within: Self.lingering, on: loop)
        case .ending:
            // Who still reads an answer has the close timeout.
            guard let connection, connection.queuedByteCount == 0 else {
                return startTimer(Self.lastLingering, on: loop)
            }
            connection.close(on: loop)
        }
    }
}

extension HTTPResponse {
    /// The request came under a name that isn't this server's (RFC 9110 §15.5.20).
    fileprivate static func misdirected(_ request: HTTPRequest) -> HTTPResponse {
        let host = request.host?.host ?? ""
        return HTTPResponse(
            status: .misdirectedRequest, text: "This server does not answer to the name '\(host)'.", keepsAlive: false)
    }
}
