/// A host and perhaps a port, as in a Host field: RFC 9110 §7.2, RFC 3986 §3.2.
public struct HTTPAuthority: Sendable, Hashable {
    /// The name or address in lower case; an IPv6 address keeps its brackets.
    public let host: String
    /// The port, 0 to 65535; nil where none is given, or an empty one, which is the scheme's default as well
    /// (RFC 3986 §3.2.3).
    public let port: Int?

    /// Reads `host[:[port]]`; nil for anything else: user information, paths, empty hosts, white space, zones of IPv6
    /// addresses.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8.map(HTTPSyntax.lowercased)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            guard close > 1, bytes[1..<close].allSatisfy(Self.isAddressCharacter) else { return nil }
            end = close + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end > 0, bytes[..<end].allSatisfy(Self.isNameCharacter) else { return nil }
        }
        host = String(decoding: bytes[..<end], as: UTF8.self)
        if end == bytes.endIndex {
            port = nil
        } else {
            guard bytes[end] == UInt8(ascii: ":") else { return nil }
            if end + 1 == bytes.endIndex {
                port = nil
                return
            }
            guard let number = HTTPSyntax.number(bytes[(end + 1)...], limit: 65_535) else { return nil }
            port = number
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true  // -._~
        default: false
        }
    }

    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x61...0x66, 0x2E: true  // digits, colon, a–f, dot
        default: false
        }
    }
}

extension HTTPAuthority: CustomStringConvertible {
    /// `host`, or `host:port` where a port is given.
    public var description: String { port.map { "\(host):\($0)" } ?? host }
}
