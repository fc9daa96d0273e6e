import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// Catches the first of some signals, whichever thread it is delivered to.
    ///
    /// By a handler and not by a mask: an asynchronous `main` runs on threads that the runtime has made before, and one
    /// of them unblocks every signal.
    struct SignalCatcher: Sendable {
        /// Where the handler writes to: it may do little else than write.
        private static let target = Atomic<Int32>(-1)

        private let signals: [Int32]
        private let reader: Int32

        init(for signals: [Int32]) throws(SystemError) {
            self.signals = signals
            var ends: [Int32] = [0, 0]
            try System.check(pipe(&ends), "pipe")
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            reader = ends[0]
            Self.target.store(ends[1], ordering: .releasing)
            for number in signals {
                signal(number) { _ in
                    // Whatever call it interrupts must find its own `errno`.
                    let before = errno
                    var byte: UInt8 = 1
                    _ = write(SignalCatcher.target.load(ordering: .acquiring), &byte, 1)
                    errno = before
                }
            }
        }

        /// Blocks until one of the signals arrives, and then gives them their default action back.
        func wait() {
            var byte: UInt8 = 0
            _ = System.uninterrupted { read(reader, &byte, 1) }
            for number in signals { signal(number, SIG_DFL) }
        }
    }
}
