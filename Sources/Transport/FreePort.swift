/// Ports of 127.0.0.1 for servers that are started on them, ended and started again.
package enum FreePort {
    /// Below those that Linux gives to outgoing connections: while a server is down, no client's own end may take its
    /// place.
    private static let range: ClosedRange<UInt16> = 15_000...31_999

    /// Ports nobody listens on, this process' until it ends (on Linux; elsewhere they are only free now).
    /// - Throws: `SystemError` when none is found.
    package static func reserve(_ count: Int) throws(SystemError) -> [UInt16] {
        var found: [UInt16] = []
        var failure = SystemError.timedOut
        for _ in 0..<(count * 200) where found.count < count {
            let port = UInt16.random(in: range)
            do throws(SystemError) {
                try reserve(port)
                found.append(port)
            } catch {
                failure = error
            }
        }
        if found.count < count { throw failure }
        return found
    }

    package static func reserve() throws(SystemError) -> UInt16 { try reserve(1)[0] }

    private static func reserve(_ port: UInt16) throws(SystemError) {
        guard let address = SocketAddress(numericHost: "127.0.0.1", port: port) else { return }
        let descriptor = try System.makeSocket(for: address)
        do throws(SystemError) {
            try System.reserve(descriptor, address)
        } catch {
            System.closeDescriptor(descriptor)
            throw error
        }
        #if !os(Linux)
            // A bound socket would be in the way of the one that listens.
            System.closeDescriptor(descriptor)
        #endif
    }
}
