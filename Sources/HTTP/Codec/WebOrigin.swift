/// A page's origin: scheme, host and port (RFC 6454 §4, §6).
struct WebOrigin: Sendable, Hashable {
    let scheme: String
    /// In lower case; empty for an origin such as `file://`, whose scheme alone tells where its pages are from.
    let host: String
    /// The port, a scheme's default put in where none is given; nil for a scheme without one.
    let port: Int?

    /// Reads `scheme://host[:port]`; nil for anything else, a path or a trailing slash included. Only the schemes of the
    /// web need a host.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            return nil
        }
        guard colon > 0, bytes[..<colon].allSatisfy(Self.isSchemeCharacter) else { return nil }
        scheme = HTTPSyntax.lowercased(String(decoding: bytes[..<colon], as: UTF8.self))
        if colon + 3 == bytes.endIndex, Self.defaultPort(of: scheme) == nil {
            (host, port) = ("", nil)
            return
        }
        guard let authority = HTTPAuthority(String(decoding: bytes[(colon + 3)...], as: UTF8.self)) else { return nil }
        host = authority.host
        port = authority.port ?? Self.defaultPort(of: scheme)
    }

    /// Whether its pages come from a web server.
    var isOfTheWeb: Bool { Self.defaultPort(of: scheme) != nil }

    /// Whether a server that the client calls `authority` serves this origin's pages, whatever the scheme.
    func isServed(as authority: HTTPAuthority?) -> Bool {
        // Nothing but a web page has an origin here: an extension whose name is our host's isn't one.
        guard let defaultPort = Self.defaultPort(of: scheme) else { return false }
        guard let authority, authority.host == host else { return false }
        // A Host without a port means the default of the scheme the client used, which is the origin's.
        return port == (authority.port ?? defaultPort)
    }

    private static func defaultPort(of scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }

    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true  // +-.
        default: false
        }
    }
}
