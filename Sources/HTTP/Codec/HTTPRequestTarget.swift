/// The target of a request, taken apart: RFC 9112 §3.2.
struct HTTPRequestTarget {
    /// The authority of a target in absolute form.
    var authority: HTTPAuthority?
    var path: String
    /// As the URL Standard's application/x-www-form-urlencoded parser reads the query (§5.1), which takes anything.
    var queryItems: [HTTPRequest.QueryItem] = []

    /// Reads `/path?query`, `http://host/path?query` (ws, wss and https likewise) or `*`.
    ///
    /// - Throws: `malformedTarget`.
    init(_ bytes: ArraySlice<UInt8>) throws(HTTPError) {
        // RFC 9112 §3.2: no fragment and no white space. Bytes over 7F are a client's that forgot to encode them.
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }) else { throw .malformedTarget }
        guard bytes.first != UInt8(ascii: "*") || bytes.count > 1 else {
            path = "*"
            return
        }
        let question = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        var rawPath = bytes[..<question]
        if rawPath.first != UInt8(ascii: "/") {
            let (authority, rest) = try Self.splitAbsolute(rawPath)
            self.authority = authority
            rawPath = rest
        }
        guard let path = PercentEncoding.decode(rawPath) else { throw .malformedTarget }
        self.path = path.isEmpty ? "/" : path
        queryItems = bytes[question...].dropFirst().split(separator: UInt8(ascii: "&")).map(Self.queryItem)
    }

    /// The decoded segments of the path in a target that was read without a fault.
    static func segments(of target: String) -> [String] {
        var path = Array(target.utf8)[...].prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/") { path = (try? splitAbsolute(path))?.1 ?? [] }
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if path.count <= 1 { return [] }
        return segments.map { PercentEncoding.decode($0) ?? "" }
    }

    private static func splitAbsolute(
        _ bytes: ArraySlice<UInt8>
    ) throws(HTTPError) -> (HTTPAuthority, ArraySlice<UInt8>) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedTarget }
        let scheme = HTTPSyntax.lowercased(String(decoding: bytes[..<colon], as: UTF8.self))
        guard ["http", "https", "ws", "wss"].contains(scheme), bytes[colon...].starts(with: "://".utf8) else {
            throw .malformedTarget
        }
        let rest = bytes[(colon + 3)...]
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard let authority = HTTPAuthority(String(decoding: rest[..<slash], as: UTF8.self)) else {
            throw .malformedTarget
        }
        return (authority, rest[slash...])
    }

    private static func queryItem(_ bytes: ArraySlice<UInt8>) -> HTTPRequest.QueryItem {
        let equals = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.endIndex
        return HTTPRequest.QueryItem(
            name: PercentEncoding.decodeForm(bytes[..<equals]),
            value: PercentEncoding.decodeForm(bytes[equals...].dropFirst()))
    }
}
