#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension SocketAddress {
    init?(_ storage: sockaddr_storage) {
        let address = withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0) }
        }
        guard let address else { return nil }
        self = address
    }

    init?(_ pointer: UnsafePointer<sockaddr>?) {
        guard let pointer else { return nil }
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            self = pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { v4 in
                let bytes = withUnsafeBytes(of: v4.pointee.sin_addr) { Array($0) }
                return SocketAddress(bytes: bytes, port: UInt16(bigEndian: v4.pointee.sin_port), scope: 0)
            }
        case AF_INET6:
            self = pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { v6 in
                let bytes = withUnsafeBytes(of: v6.pointee.sin6_addr) { Array($0) }
                return SocketAddress(
                    bytes: bytes, port: UInt16(bigEndian: v6.pointee.sin6_port), scope: v6.pointee.sin6_scope_id)
            }
        default:
            return nil
        }
    }

    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        func call<Platform>(_ address: Platform) -> Result {
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Platform>.size))
                }
            }
        }
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
            return call(address)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
        return call(address)
    }

    /// The address' bytes of a numeric host, IPv4 or IPv6; nil for a name.
    static func numericBytes(of host: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, host, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        if inet_pton(AF_INET6, host, &v6) == 1 { return withUnsafeBytes(of: v6) { Array($0) } }
        return nil
    }

    static func numericHost(of bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 16 ? AF_INET6 : AF_INET
        _ = bytes.withUnsafeBytes { inet_ntop(family, $0.baseAddress, &text, socklen_t(text.count)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension SystemError {
    init(resolverCode: Int32) {
        self.init(code: resolverCode, operation: "getaddrinfo", message: String(cString: gai_strerror(resolverCode)))
    }

    static func message(for code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 256)
        _ = strerror_r(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Out of descriptors or memory for one: waiting helps, closing the listener doesn't.
    package var isResourceShortage: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) }
    /// The other end's system says that nobody listens there.
    package var isConnectionRefused: Bool { code == ECONNREFUSED && operation != "getaddrinfo" }
    /// The listening socket itself is unusable; anything else concerns the one connection that failed.
    package var isListenerFault: Bool { [EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP, EFAULT].contains(code) }
    /// The peer has gone: nothing can be written any more, but what it sent before can be read.
    var isPeerGone: Bool { code == EPIPE || code == ECONNRESET }
    static var loopStopped: SystemError {
        SystemError(code: ECANCELED, operation: "register", message: "the event loop has ended")
    }
    static var resolverBusy: SystemError {
        SystemError(code: EAGAIN, operation: "getaddrinfo", message: "too many names wait to be looked up")
    }
    static var outputTimedOut: SystemError { SystemError(code: ETIMEDOUT, operation: "sendmsg") }
    package static var timedOut: SystemError { SystemError(code: ETIMEDOUT, operation: "connect") }
    package static var connectionReset: SystemError { SystemError(code: ECONNRESET, operation: "poll") }
}
