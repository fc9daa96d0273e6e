import Foundation
import TestSupport

/// The other side of a connection, in the test's own hands: it does what no decent peer would.
final class RawSocket: Sendable {
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// A connection to a port of 127.0.0.1. There it is made at once, or never.
    /// - Parameter receiveBuffer: bytes that the system takes in while nobody reads.
    static func connect(to port: UInt16, receiveBuffer: Int32? = nil) throws -> RawSocket {
        let made = try make(receiveBuffer: receiveBuffer)
        try made.connect(to: port)
        _ = fcntl(made.descriptor, F_SETFL, O_NONBLOCK)
        return made
    }

    /// A socket that is not connected yet.
    static func make(receiveBuffer: Int32? = nil) throws -> RawSocket {
        #if os(Linux)
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let raw = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard raw >= 0 else { throw failure("socket") }
        _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
        if var size = receiveBuffer { setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        return RawSocket(raw)
    }

    func connect(to port: UInt16) throws {
        let result = Self.withAddress(port) { Foundation.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else { throw Self.failure("connect") }
    }

    /// A listening socket that accepts nothing by itself; its port.
    static func listener(backlog: Int32) throws -> (RawSocket, port: UInt16) {
        let made = try make()
        guard withAddress(0, { bind(made.descriptor, $0, $1) }) == 0 else { throw failure("bind") }
        guard listen(made.descriptor, backlog) == 0 else { throw failure("listen") }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(made.descriptor, $0, &length) }
        }
        return (made, UInt16(bigEndian: address.sin_port))
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func failure(_ call: String) -> TestFailure {
        TestFailure("\(call): \(String(cString: strerror(errno)))")
    }

    // MARK: Sending and receiving

    /// Sends what the system takes at once; how much that was.
    @discardableResult
    func sendSome(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes { max(0, send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))) }
    }

    func sendAll(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        try await eventually("the peer takes \(bytes.count) bytes") {
            rest = rest.dropFirst(sendSome(rest))
            return rest.isEmpty
        }
    }

    enum Reading: Equatable {
        case bytes([UInt8])
        case end
        case nothing
        case failed(Int32)
    }

    func receiveSome(_ limit: Int = 65_536) -> Reading {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: min(limit, 65_536)) { buffer, filled in
            count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            filled = max(0, count)
        }
        if count > 0 { return .bytes(bytes) }
        if count == 0 { return .end }
        return errno == EAGAIN ? .nothing : .failed(errno)
    }

    func receive(_ count: Int) async throws -> [UInt8] {
        var all: [UInt8] = []
        try await eventually("the peer gets \(count) bytes") {
            while all.count < count, case .bytes(let some) = receiveSome(count - all.count) { all += some }
            return all.count >= count
        }
        return all
    }

    /// Everything up to the end of the stream.
    func receiveToEnd() async throws -> [UInt8] {
        var all: [UInt8] = []
        try await eventually("the stream ends") {
            while true {
                switch receiveSome() {
                case .bytes(let some): all += some
                case .end: return true
                case .nothing: return false
                case .failed(let code): throw TestFailure("recv: \(String(cString: strerror(code)))")
                }
            }
        }
        return all
    }

    /// How many segments with data have come in, as the system counts them.
    var dataSegmentsReceived: UInt32 {
        // The offset in Linux' `struct tcp_info`; the C library's header is older than the field.
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 152, as: UInt32.self) }
    }

    // MARK: Ending

    func shutOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() { Foundation.close(descriptor) }

    /// Closes with a reset instead of an end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Foundation.linger>.size))
        close()
    }
}
