// This folder is the one place that knows the platform: everything else in the package asks `System`.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The operating system's calls, typed, with `errno` turned into `SystemError`.
package enum System {
    /// A file descriptor. Closed explicitly by its owner, never by `deinit`.
    package struct Descriptor: Hashable, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
    }

    /// What one read or write came to.
    package enum Transfer: Equatable {
        case bytes(Int)
        case end
        case wouldBlock
        case failed(SystemError)
    }

    static func lastError(_ operation: StaticString) -> SystemError { SystemError(code: errno, operation: operation) }

    /// Repeats `call` for as long as a signal interrupts it.
    @inline(__always)
    package static func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    package static func check(_ result: Int32, _ operation: StaticString) throws(SystemError) {
        if result == -1 { throw lastError(operation) }
    }

    /// Non-blocking, and not inherited by child processes.
    static func setFlags(_ descriptor: Int32) throws(SystemError) {
        try check(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK), "fcntl")
        try check(fcntl(descriptor, F_SETFD, FD_CLOEXEC), "fcntl")
    }
}
