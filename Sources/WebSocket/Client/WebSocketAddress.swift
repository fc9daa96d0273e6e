#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a WebSocket server is: `ws://host[:port][/path][?query]`, RFC 6455 §3.
public struct WebSocketAddress: Hashable, Sendable {
    public let host: String
    public let port: UInt16
    /// Path and query, percent-encoded.
    public let target: String

    public init(host: String, port: UInt16, target: String = "/") {
        self.host = host
        self.port = port
        self.target = target
    }

    /// nil for anything else; `wss://` too, since there is no TLS here.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "ws",
            let host = parts.host.flatMap(Self.withoutBrackets), parts.fragment == nil,
            let port = UInt16(exactly: parts.port ?? 80), port > 0
        else { return nil }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        self.init(
            host: host, port: port,
            target: path + (parts.percentEncodedQuery.map { "?" + $0 } ?? ""))
    }

    /// nil for what is no host: nothing, half a pair of brackets, spaces and control characters.
    private static func withoutBrackets(_ host: String) -> String? {
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let isHost = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"[]".utf8.contains($0) }
        return isHost ? name : nil
    }

    /// The value of the Host field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }
}
