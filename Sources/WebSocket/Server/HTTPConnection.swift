import Transport

/// A connection before it is a WebSocket: requests in, responses out, until one of them upgrades it.
final class HTTPConnection {
    private let server: WebSocketLoop
    private let admission: Admission
    private var parser: HTTPRequestParser
    /// nil once it is another's, or is ending.
    private var connection: TCPConnection?
    private var timer: TimerToken?
    /// What was read while answers were waiting to be written.
    private var unread: [UInt8] = []

    init(server: WebSocketLoop, admission: Admission) {
        self.server = server
        self.admission = admission
        parser = HTTPRequestParser(limits: server.configuration.httpLimits)
    }

    /// - Parameter refusal: set when the connection is one too many: what it gets instead of an answer.
    func start(_ connection: TCPConnection, refusal: HTTPResponse?, on loop: isolated EventLoop) {
        self.connection = connection
        connection.outboundBudget = .max
        server.began(self)
        if let refusal { return send(refusal, on: loop) }
        startTimer(on: loop)
    }

    /// The server goes down: a request under way gets an answer, everybody else is closed without a word.
    func shutDown(on loop: isolated EventLoop) {
        guard let connection else { return }
        if parser.isUnderWay || connection.queuedByteCount > 0 {
            return send(.refusal(.serviceUnavailable, "This server is going down."), on: loop)
        }
        stopTimer(on: loop)
        self.connection = nil
        connection.close(on: loop)
    }

    // MARK: Time

    private func startTimer(on loop: isolated EventLoop) {
        stopTimer(on: loop)
        timer = loop.schedule(self, after: server.configuration.handshakeTimeout)
    }

    private func stopTimer(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    // MARK: Requests and answers

    private func serve(_ rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        do throws(HTTPError) {
            while let connection {
                // A peer that pipelines requests and never reads must not fill the outbox.
                if connection.queuedByteCount >= server.configuration.outboundBudget { return hold(rest, on: loop) }
                guard let request = try parser.next(from: &rest) else { return }
                answer(request, rest: &rest, on: loop)
            }
        } catch {
            send(error.response, on: loop)
        }
    }

    private func hold(_ rest: UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        unread = Array(rest)
        connection?.pauseInput(on: loop)
        connection?.awaitDrain(on: loop)
    }

    private func answer(_ request: HTTPRequest, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop)
    {
        switch server.handler.respond(to: request, on: loop) {
        case .response(var response):
            if !request.wantsKeepAlive { response.keepsAlive = false }
            send(response, forHead: request.method == "HEAD", on: loop)
        case .webSocket:
            upgrade(request, rest: &rest, on: loop)
        }
    }

    private func send(_ response: HTTPResponse, forHead: Bool = false, on loop: isolated EventLoop) {
        guard let connection else { return }
        server.meter.responded(response.status)
        connection.send(SharedBytes(response.encoded(forHead: forHead)), on: loop)
        if response.keepsAlive { startTimer(on: loop) } else { finish(on: loop) }
    }

    /// Nothing is answered any more: the connection ends as soon as the peer has read it all.
    private func finish(on loop: isolated EventLoop) {
        stopTimer(on: loop)
        connection?.finish(within: server.configuration.closeTimeout, on: loop)
        connection = nil
    }

    private func upgrade(_ request: HTTPRequest, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop)
    {
        let configuration = server.configuration
        let answer = Handshake.answer(
            to: request, origins: configuration.origins, subprotocols: configuration.subprotocols,
            compression: configuration.compression)
        switch answer {
        case .rejected(let response):
            send(response, forHead: request.method == "HEAD", on: loop)
        case .accepted(let response, let subprotocol, let compression):
            guard let connection else { return }
            stopTimer(on: loop)
            self.connection = nil
            connection.send(SharedBytes(response), on: loop)
            connection.outboundBudget = configuration.outboundBudget
            let session = WebSocketSession(
                connection: connection, server: server, subprotocol: subprotocol,
                compression: compression, on: loop)
            connection.setHandler(session)
            server.opened(session, request: request, on: loop)
            server.ended(self)
            // What came in the packet of the handshake is the session's.
            if !rest.isEmpty { session.connection(connection, received: rest, on: loop) }
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
        admission.end(of: connection.remoteAddress)
        server.ended(self)
    }
}

extension HTTPConnection: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        guard let connection else { return }
        server.meter.count { $0.slowHandshakes += 1 }
        if parser.isUnderWay { return send(HTTPError.timeout.response, on: loop) }
        // A connection that never began a request, or waits between two, is closed without words.
        finish(on: loop)
        if connection.queuedByteCount == 0 { connection.close(on: loop) }
    }
}
