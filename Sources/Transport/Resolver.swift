/// Turns host names into addresses.
public enum Resolver {
    /// The addresses of `host`, in the order to try them. A numeric host answers at once.
    ///
    /// `getaddrinfo` blocks, so a name is looked up on a thread of its own: never on a loop or the cooperative pool.
    /// - Throws: `SystemError` when the name can't be resolved.
    public static func addresses(of host: String, port: UInt16) async throws(SystemError) -> [SocketAddress] {
        if let address = SocketAddress(numericHost: host, port: port) { return [address] }
        let result: Result<[SocketAddress], SystemError> = await withCheckedContinuation { continuation in
            System.Thread {
                let result = Result { () throws(SystemError) in try System.resolve(host: host, port: port) }
                continuation.resume(returning: result)
            }.detach()
        }
        return try result.get()
    }
}
