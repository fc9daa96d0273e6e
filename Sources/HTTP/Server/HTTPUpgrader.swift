public import Transport

/// A protocol that a connection may change to: RFC 9110 §7.8. It says what the server answers, and takes the connection.
public protocol HTTPUpgrader: Sendable {
    /// The protocol's name, as ``HTTPAnswer/upgrade(to:)`` gives it.
    var name: String { get }
    /// Answers the request to change to this protocol.
    ///
    /// - Parameter date: the value of Date for an answer that the upgrader encodes itself.
    func answer(to request: HTTPRequest, date: String, on loop: isolated EventLoop) -> HTTPUpgradeAnswer
}

/// What an upgrader answers.
public enum HTTPUpgradeAnswer {
    /// The connection stays HTTP, and the request gets this response; with a reason it is the handler's to change.
    case refused(HTTPResponse, for: HTTPRefusal? = nil)
    /// The response's bytes are sent, and the connection is `take`'s, which sets a handler of its own.
    case accepted(response: [UInt8], take: (HTTPUpgradedConnection, isolated EventLoop) -> Void)
}

/// A connection that has changed its protocol.
public struct HTTPUpgradedConnection {
    /// The connection. When it has ended, its owner calls ``ended()``.
    public let connection: TCPConnection
    /// The request that changed the protocol.
    public let request: HTTPRequest
    /// What came behind the request in the same read; valid until `take` returns.
    public let received: UnsafeMutableRawBufferPointer
    let place: ConnectionPlace

    /// The connection has ended, and no longer counts among the server's. To be called exactly once.
    public func ended() { place.release(connection.remoteAddress) }
}
