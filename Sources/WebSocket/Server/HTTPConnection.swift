import Transport

/// A connection before it is a WebSocket: requests in, responses out, until one of them upgrades it.
final class HTTPConnection {
    private let server: WebSocketLoop
    private var parser: HTTPRequestParser
    private var connection: TCPConnection?
    private var timer: TimerToken?
    /// Set when the connection is one too many: what it gets instead of an answer.
    private let refusal: HTTPResponse?
    private let admission: Admission

    init(server: WebSocketLoop, admission: Admission, refusal: HTTPResponse?) {
        self.server = server
        self.admission = admission
        self.refusal = refusal
        parser = HTTPRequestParser(limits: server.configuration.httpLimits)
    }

    func start(_ connection: TCPConnection, on loop: isolated EventLoop) {
        self.connection = connection
        connection.outboundBudget = .max
        if let refusal { return send(refusal, forHead: false, on: loop) }
        timer = loop.schedule(self, after: server.configuration.handshakeTimeout)
    }

    private func stopTimer(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func answer(_ request: HTTPRequest, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        switch server.handler.respond(to: request, on: loop) {
        case .response(var response):
            if !request.wantsKeepAlive { response.keepsAlive = false }
            send(response, forHead: request.method == "HEAD", on: loop)
        case .webSocket:
            upgrade(request, rest: &rest, on: loop)
        }
    }

    private func send(_ response: HTTPResponse, forHead: Bool, on loop: isolated EventLoop) {
        guard let connection else { return }
        connection.send(SharedBytes(response.encoded(forHead: forHead)), on: loop)
        stopTimer(on: loop)
        if response.keepsAlive {
            timer = loop.schedule(self, after: server.configuration.handshakeTimeout)
        } else {
            self.connection = nil
            connection.finish(within: server.configuration.closeTimeout, on: loop)
        }
    }

    private func upgrade(_ request: HTTPRequest, rest: inout UnsafeMutableRawBufferPointer, on loop: isolated EventLoop) {
        let configuration = server.configuration
        let answer = Handshake.answer(
            to: request, origins: configuration.origins, subprotocols: configuration.subprotocols)
        switch answer {
        case .rejected(let response):
            send(response, forHead: request.method == "HEAD", on: loop)
        case .accepted(let response, let subprotocol):
            guard let connection else { return }
            stopTimer(on: loop)
            self.connection = nil
            connection.send(SharedBytes(response), on: loop)
            connection.outboundBudget = configuration.outboundBudget
            let session = WebSocketSession(
                connection: connection, server: server, admission: admission, subprotocol: subprotocol, on: loop)
            connection.setHandler(session)
            server.opened(session, request: request, on: loop)
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
        do throws(HTTPError) {
            // A peer that pipelines requests and never reads must not fill the outbox.
            while self.connection != nil, connection.queuedByteCount < server.configuration.outboundBudget,
                let request = try parser.next(from: &rest)
            {
                answer(request, rest: &rest, on: loop)
            }
            if self.connection != nil, connection.queuedByteCount >= server.configuration.outboundBudget {
                connection.close(on: loop)
            }
        } catch {
            send(error.response, forHead: false, on: loop)
        }
    }

    func connectionClosed(_ connection: TCPConnection, reason: TCPConnection.CloseReason, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        self.connection = nil
        admission.end()
    }
}

extension HTTPConnection: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        guard let connection else { return }
        // A connection that never began a request, or waits between two, is closed without words.
        if parser.isUnderWay { return send(HTTPError.timeout.response, forHead: false, on: loop) }
        self.connection = nil
        connection.close(on: loop)
    }
}
