public import Transport

/// Why a client has no connection, or lost it.
public enum WebSocketClientError: Error, Hashable, Sendable, CustomStringConvertible {
    case connection(SystemError)
    case handshake(HandshakeError)
    /// The server broke the protocol.
    case violation(ProtocolViolation)
    /// The connection was closed; nil where the Close frame held no code. 1006 when there was none.
    case closed(CloseCode?, reason: String)
    /// The server was not heard of for too long.
    case timedOut

    public var description: String {
        switch self {
        case .connection(let error): "\(error)"
        case .handshake(let error): "\(error)"
        case .violation(let violation): "the server broke the protocol: \(violation)"
        case .closed(let code, let reason):
            "the connection was closed (\(code.map { String($0.rawValue) } ?? "no code")) \(reason)"
        case .timedOut: "the server did not answer in time"
        }
    }
}
