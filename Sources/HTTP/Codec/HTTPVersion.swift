/// A version of HTTP/1: RFC 9112 §2.3.
public struct HTTPVersion: Sendable, Hashable, Comparable {
    /// The number after the dot.
    public let minor: Int

    public init(minor: Int) {
        self.minor = minor
    }

    public static let http10 = HTTPVersion(minor: 0)
    public static let http11 = HTTPVersion(minor: 1)

    public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool { left.minor < right.minor }
}

extension HTTPVersion {
    /// Reads `HTTP/1.x`.
    ///
    /// - Throws: `unsupportedVersion` for a well-formed version of another kind, `malformedStartLine` for anything else.
    static func parse(_ bytes: some Collection<UInt8>) throws(HTTPError) -> HTTPVersion {
        let bytes = Array(bytes)
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), bytes[6] == UInt8(ascii: "."),
            Self.digit(bytes[5]) != nil, let minor = Self.digit(bytes[7])
        else { throw .malformedStartLine }
        guard bytes[5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
        return HTTPVersion(minor: minor)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte) - 0x30 : nil
    }
}
