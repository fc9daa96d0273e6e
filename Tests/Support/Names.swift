import Foundation

/// A name nobody else uses, in this run or another: for keys, channels and rooms of a shared Redis.
public func uniqueName(_ purpose: String = "test") -> String {
    "\(purpose)-\(UUID().uuidString.lowercased())"
}

/// A port of 127.0.0.1 that is free now.
///
/// Below the range from which the system takes the ports of outgoing connections: one of those could take the port
/// of a server that is about to be restarted, or even connect to itself.
public func freePort() throws -> UInt16 {
    for _ in 0..<200 {
        let port = UInt16.random(in: 15_000..<32_000)
        if isFree(port) { return port }
    }
    throw TestFailure("no free port between 15000 and 32000 was found")
}

private func isFree(_ port: UInt16) -> Bool {
    #if os(Linux)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
