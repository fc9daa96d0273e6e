/// Why a connection is closed: RFC 6455 §7.4 and the IANA registry of close codes.
///
/// Any 16-bit number can be represented; ``isValidOnTheWire`` says whether it may stand in a Close frame.
public struct CloseCode: RawRepresentable, Sendable, Hashable {
    /// The status code as it stands in the frame.
    public let rawValue: UInt16

    /// Takes any number, registered or not.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// 1000: the purpose of the connection is fulfilled.
    public static let normalClosure = CloseCode(rawValue: 1000)
    /// 1001: the server goes down, or the browser left the page.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: a kind of data this endpoint doesn't take, binary for instance.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: no code was given. Never sent in a frame.
    public static let noStatusReceived = CloseCode(rawValue: 1005)
    /// 1006: the connection ended without a Close frame. Never sent in a frame.
    public static let abnormalClosure = CloseCode(rawValue: 1006)
    /// 1007: the data doesn't fit the message's type, such as text that isn't UTF-8.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// 1008: a policy was broken, and no other code fits.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message is too big to be processed.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1010: the client wanted an extension that the server didn't negotiate.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// 1011: the server met a condition it hadn't expected.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the service restarts; clients may come back.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: the service is overloaded; clients should wait before they come back.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// 1014: a gateway got an invalid answer from the server behind it.
    public static let badGateway = CloseCode(rawValue: 1014)
    /// 1015: the TLS handshake failed. Never sent in a frame.
    public static let tlsHandshake = CloseCode(rawValue: 1015)

    /// Whether a Close frame may carry this code: 1000–1003, 1007–1014 and 3000–4999 (RFC 6455 §7.4.1, §7.4.2).
    public var isValidOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
