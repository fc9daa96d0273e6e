/// Why a client gave up the opening handshake: RFC 6455 §4.1.
public enum HandshakeError: Error, Sendable, Hashable {
    /// The server's answer isn't HTTP/1.1.
    case malformedResponse(HTTPError)
    /// The server answered with another status than 101.
    case refused(HTTPResponseHead)
    /// The version, Upgrade or Connection isn't what a WebSocket server sends.
    case notUpgraded
    /// Sec-WebSocket-Accept doesn't fit the key.
    case wrongAccept
    /// The server chose a subprotocol the client hadn't offered.
    case unexpectedSubprotocol
    /// The server chose an extension the client hadn't offered.
    case unexpectedExtension
}

extension HandshakeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedResponse(let error): "the server's answer is malformed: \(error)"
        case .refused(let head): "the server answered with status \(head.status.rawValue)"
        case .notUpgraded: "the server did not switch to WebSocket"
        case .wrongAccept: "the server did not prove that it read the handshake"
        case .unexpectedSubprotocol: "the server chose a subprotocol that was not offered"
        case .unexpectedExtension: "the server chose an extension that was not offered"
        }
    }
}
