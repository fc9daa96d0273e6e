import Transport

/// Ports nobody listens on, below those that the system gives to outgoing connections: while a server is down, no
/// client's own end may take its place.
enum FreePort {
    private static let range: ClosedRange<UInt16> = 20_000...31_999

    /// - Throws: `SystemError` when none is found.
    static func make(_ count: Int) throws(SystemError) -> [UInt16] {
        var found: [UInt16] = []
        var failure = SystemError.timedOut
        for _ in 0..<(count * 50) where found.count < count {
            let port = UInt16.random(in: range)
            if found.contains(port) { continue }
            do throws(SystemError) {
                try probe(port)
                found.append(port)
            } catch {
                failure = error
            }
        }
        if found.count < count { throw failure }
        return found
    }

    private static func probe(_ port: UInt16) throws(SystemError) {
        guard let address = SocketAddress(numericHost: "127.0.0.1", port: port) else { return }
        let descriptor = try System.makeSocket(for: address)
        defer { System.closeDescriptor(descriptor) }
        try System.bindAndListen(descriptor, to: address, backlog: 1)
    }
}
