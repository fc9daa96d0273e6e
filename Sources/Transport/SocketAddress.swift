/// A numeric IPv4 or IPv6 address and a port. Names are resolved by `Resolver`.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    // As numbers and not as an array, which would be an object of its own for each connection.
    private let high: UInt64
    private let low: UInt64
    public let isIPv6: Bool
    public let port: UInt16
    /// The interface of a link-local IPv6 address, else 0.
    let scope: UInt32

    init(bytes: [UInt8], port: UInt16, scope: UInt32) {
        isIPv6 = bytes.count == 16
        high = bytes.dropLast(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        self.port = port
        self.scope = scope
    }

    /// The address of a numeric host such as `127.0.0.1` or `::1`; nil for a name.
    public init?(numericHost host: String, port: UInt16) {
        guard let bytes = Self.numericBytes(of: host) else { return nil }
        self.init(bytes: bytes, port: port, scope: 0)
    }

    /// Every IPv4 interface of this machine.
    public static func any(port: UInt16) -> SocketAddress {
        SocketAddress(bytes: [0, 0, 0, 0], port: port, scope: 0)
    }

    /// This machine alone. Port 0 lets the system choose one.
    public static func loopback(port: UInt16) -> SocketAddress {
        SocketAddress(bytes: [127, 0, 0, 1], port: port, scope: 0)
    }

    /// Four bytes (IPv4) or sixteen (IPv6), most significant first.
    public var bytes: [UInt8] {
        func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        return isIPv6 ? bytes(high) + bytes(low) : Array(bytes(low).suffix(4))
    }

    /// Whether only this machine can reach it: 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1 (RFC 4291 §2.5.3), and the former
    /// mapped into IPv6.
    public var isLoopback: Bool {
        if !isIPv6 { return low >> 24 == 127 }
        return high == 0 && (low == 1 || low >> 32 == 0xFFFF && low >> 24 & 0xFF == 127)
    }

    /// The host without its port, as text.
    public var host: String { Self.numericHost(of: bytes) }

    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
