/// Turns host names into addresses.
public enum Resolver {
    /// The addresses of `host`, in the order to try them. A numeric host answers at once.
    ///
    /// `getaddrinfo` blocks, so names are looked up on a thread of their own, one after the other: never on a loop or
    /// the cooperative pool. There is no limit of time but the system's own.
    /// - Throws: `SystemError` when the name can't be resolved, or too many wait.
    public static func addresses(of host: String, port: UInt16) async throws(SystemError) -> [SocketAddress] {
        if let address = SocketAddress(numericHost: host, port: port) { return [address] }
        let result: ResolverThread.Answer = await withCheckedContinuation { continuation in
            ResolverThread.shared.ask(host, port: port) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
