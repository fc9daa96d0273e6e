import Transport

/// Makes sessions of the connections of an HTTP server.
struct WebSocketUpgrader: HTTPUpgrader {
    static let name = "websocket"

    /// What the server has on each loop of its group.
    let loops: [LoopBound<WebSocketLoop>]

    var name: String { Self.name }

    func answer(to request: HTTPRequest, date: String, on loop: isolated EventLoop) -> HTTPUpgradeAnswer {
        let configuration = loops[loop.index].open(on: loop).configuration
        let answer = Handshake.answer(
            to: request, origins: configuration.http.origins, subprotocols: configuration.subprotocols,
            compression: configuration.compression, date: date)
        switch answer {
        case .rejected(let response):
            // Of all that a handshake may be refused for, the origin alone is forbidden.
            return .refused(response, for: response.status == .forbidden ? .foreignOrigin : nil)
        case .accepted(let response, let subprotocol, let compression):
            return .accepted(response: response) { upgraded, loop in
                let server = loops[loop.index].open(on: loop)
                let connection = upgraded.connection
                connection.outboundBudget = server.configuration.outboundBudget
                let session = WebSocketSession(
                    connection: connection, server: server, subprotocol: subprotocol, compression: compression,
                    on: loop)
                connection.setHandler(session)
                server.opened(session, request: upgraded.request, on: loop)
                // What came in the packet of the handshake is the session's.
                if !upgraded.received.isEmpty {
                    session.connection(connection, received: upgraded.received, on: loop)
                }
            }
        }
    }
}
