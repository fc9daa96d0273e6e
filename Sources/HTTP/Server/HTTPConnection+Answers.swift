import Transport

/// What is written to the peer.
extension HTTPConnection {
    var remoteAddress: SocketAddress? { connection?.remoteAddress }
    var queuedByteCount: Int { connection?.queuedByteCount ?? 0 }

    func write(_ bytes: SharedBytes, on loop: isolated EventLoop) { connection?.send(bytes, on: loop) }

    func awaitDrain(on loop: isolated EventLoop) { connection?.awaitDrain(on: loop) }

    /// Gives the exchange its answer. Where some of the body is left, the connection ends behind it.
    func give(
        _ answer: HTTPAnswer, to exchange: HTTPExchange, rest: inout UnsafeMutableRawBufferPointer,
        on loop: isolated EventLoop
    ) {
        let isBodyLeft = if case .complete = exchange.input { false } else { true }
        let request = exchange.request
        switch answer {
        case .later: break  // An exchange has none that is given.
        case .response(let response):
            exchange.end(.ended, on: loop)
            send(response, to: request, isLast: isBodyLeft, on: loop)
        case .stream(let head, let start):
            stream(head, to: exchange, isLast: isBodyLeft, on: loop, start)
        case .upgrade(let name):
            exchange.end(.ended, on: loop)
            if isBodyLeft { return send(HTTPError.bodyTooLarge.response, on: loop) }
            upgrade(request, to: name, rest: &rest, on: loop)
        }
    }

    // MARK: Whole responses

    private func send(
        _ response: HTTPResponse, to request: HTTPRequest, isLast: Bool = false, on loop: isolated EventLoop
    ) {
        var response = response
        if isLast || !request.wantsKeepAlive || server.stage != .serving { response.keepsAlive = false }
        send(response, forHead: request.method == "HEAD", on: loop)
    }

    func send(_ response: HTTPResponse, forHead: Bool = false, on loop: isolated EventLoop) {
        guard let connection else { return }
        if case .ending = phase { return }
        server.meter.responded(response.status)
        let bytes = withKeepAlive(response).encoded(forHead: forHead, date: server.date)
        connection.send(SharedBytes(bytes), on: loop)
        if response.keepsAlive { becomeIdle(on: loop) } else { finish(on: loop) }
    }

    /// With the time that the connection is kept: in whole seconds, never more than it is (RFC 2068 §19.7.1.1 had the
    /// field; browsers and client libraries know it).
    private func withKeepAlive(_ response: HTTPResponse) -> HTTPResponse {
        let timeout = server.configuration.keepAliveTimeout
        guard response.keepsAlive, timeout >= .seconds(1) else { return response }
        var response = response
        response.headers.append("Keep-Alive", "timeout=\(timeout.components.seconds)")
        return response
    }

    func becomeIdle(on loop: isolated EventLoop) {
        phase = .idle
        // A little longer than it says, so that who keeps to it never sends into the end.
        let timeout = server.configuration.keepAliveTimeout
        startTimer(timeout + min(timeout / 10, .seconds(2)), on: loop)
    }

    /// Nothing is answered any more: the connection ends as soon as the peer has read it all and ended its own side, or
    /// has sent too much that nobody wants.
    func finish(within limit: Duration = .seconds(1 << 30), on loop: isolated EventLoop) {
        stopTimer(on: loop)
        phase = .ending
        let timeout = min(limit, server.configuration.closeTimeout)
        connection?.finish(within: timeout, reading: server.configuration.lingeringBytes, on: loop)
        if server.stage == .closing { startTimer(Self.lastLingering, on: loop) }
    }

    // MARK: Streams

    private func stream(
        _ head: HTTPResponse, to exchange: HTTPExchange, isLast: Bool, on loop: isolated EventLoop,
        _ start: @Sendable (HTTPResponseStream, isolated EventLoop) -> Void
    ) {
        guard let connection else { return }
        let request = exchange.request
        let isChunked = request.version >= .http11
        var head = head
        if isLast || !request.wantsKeepAlive || !isChunked || server.stage != .serving { head.keepsAlive = false }
        server.meter.responded(head.status)
        let framing: HTTPResponse.Framing = isChunked ? .chunked : .untilClose
        connection.send(SharedBytes(withKeepAlive(head).encodedHead(framing, date: server.date)), on: loop)
        guard request.method != "HEAD", head.status.allowsBody else {
            exchange.end(.ended, on: loop)
            return head.keepsAlive ? becomeIdle(on: loop) : finish(on: loop)
        }
        let stream = HTTPResponseStream(connection: self, isChunked: isChunked, server: server)
        exchange.output = .streaming(stream, keepsAlive: head.keepsAlive)
        stream.send(SharedBytes(head.body), on: loop)
        start(stream, loop)
    }

    /// - Parameter isWhole: whether the body has its end; otherwise the peer must see that it hasn't.
    func streamEnded(isWhole: Bool, isChunked: Bool, on loop: isolated EventLoop) {
        guard case .exchange(let exchange) = phase, case .streaming(_, let keepsAlive) = exchange.output else { return }
        if !isWhole, !isChunked {
            // An orderly end would pass for the body's.
            connection?.close(on: loop)
            return
        }
        if isWhole, keepsAlive { becomeIdle(on: loop) } else { finish(on: loop) }
        exchange.end(.ended, on: loop)
        advance(on: loop)
    }

    // MARK: Another protocol

    private func upgrade(
        _ request: HTTPRequest, to name: String, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop
    ) {
        guard let upgrader = server.upgraders.first(where: { $0.name == name }) else {
            let words = "This server does not speak that protocol."
            return send(HTTPResponse(status: .notImplemented, text: words), to: request, on: loop)
        }
        switch upgrader.answer(to: request, date: server.date, on: loop) {
        case .refused(let response, nil): send(response, to: request, on: loop)
        case .refused(let response, let reason?):
            send(server.handler.refused(request, for: reason, with: response, on: loop), to: request, on: loop)
        case .accepted(let response, let take):
            guard let connection else { return }
            stopTimer(on: loop)
            self.connection = nil
            phase = .ending
            connection.send(SharedBytes(response), on: loop)
            connection.resumeInput(on: loop)
            // What came in the packet of the request is the other protocol's.
            take(
                HTTPUpgradedConnection(connection: connection, request: request, received: rest, place: place), loop)
            server.ended(self)
            rest = .init(rebasing: rest[..<0])
        }
    }
}

extension HTTPResponse {
    /// The request came under a name that isn't this server's (RFC 9110 §15.5.20).
    static func misdirected(_ request: HTTPRequest) -> HTTPResponse {
        let host = request.host?.host ?? ""
        return HTTPResponse(
            status: .misdirectedRequest, text: "This server does not answer to the name '\(host)'.", keepsAlive: false)
    }
}
