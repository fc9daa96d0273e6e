#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// A POSIX thread, to be detached.
    package struct Thread: @unchecked Sendable {  // pthread_t is a name, not a reference to anything Swift sees.
        private let handle: pthread_t

        private final class Box {
            let body: @Sendable () -> Void
            init(body: @escaping @Sendable () -> Void) { self.body = body }
        }

        private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            guard let argument else { return nil }
            Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }

        /// A number that tells threads apart, never 0.
        static var currentIdentity: UInt {
            #if canImport(Darwin)
                UInt(bitPattern: pthread_self())
            #else
                UInt(pthread_self())
            #endif
        }

        /// - Parameter stackSize: in bytes; nil for the system's default.
        /// - Throws: `SystemError` when there are too many threads, or there is no memory for another.
        package init(stackSize: Int? = nil, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            if let stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
            let argument = Unmanaged.passRetained(Box(body: body)).toOpaque()
            #if canImport(Darwin)
                var thread: pthread_t?
                let status = pthread_create(&thread, &attributes, { Thread.enter($0) }, argument)
            #else
                var thread = pthread_t()
                let status = pthread_create(&thread, &attributes, { Thread.enter($0) }, argument)
            #endif
            guard status == 0 else {
                Unmanaged<Box>.fromOpaque(argument).release()
                throw SystemError(code: status, operation: "pthread_create")
            }
            #if canImport(Darwin)
                handle = thread!
            #else
                handle = thread
            #endif
        }

        package func detach() { _ = pthread_detach(handle) }
    }

    /// A mutex over `pthread_mutex_t`, which the Thread Sanitizer understands (a futex it doesn't).
    package final class Mutex: @unchecked Sendable {  // The pointer is immutable, and what it points to is a lock.
        private let handle = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        package init() {
            handle.initialize(to: pthread_mutex_t())
            pthread_mutex_init(handle, nil)
        }

        deinit {
            pthread_mutex_destroy(handle)
            handle.deallocate()
        }

        @inline(__always) package func lock() { pthread_mutex_lock(handle) }
        @inline(__always) package func unlock() { pthread_mutex_unlock(handle) }
    }

    package static let interrupt = SIGINT
    package static let terminate = SIGTERM
    package static let hangUp = SIGHUP
    package static let user1 = SIGUSR1
    package static let user2 = SIGUSR2

    /// To be called in `main` before any thread exists, so that `waitForSignal` gets them all.
    package static func blockSignals(_ signals: [Int32]) {
        var set = signalSet(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // Libraries use MSG_NOSIGNAL; this covers what a process writes to a closed standard output.
        signal(SIGPIPE, SIG_IGN)
        // Nor does it end or stop for what it writes to a file that may grow no more, or, in the background, to a terminal.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGTTOU, SIG_IGN)
    }

    /// Blocks until one of the (blocked) signals arrives.
    package static func waitForSignal(_ signals: [Int32]) -> Int32 {
        var set = signalSet(signals)
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
        return received
    }

    private static func signalSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    /// Ends the process without running anything else, once what was said on standard output and error is written: after a
    /// moment where nobody reads it.
    package static func exit(_ status: Int32) -> Never {
        OutputWriter.shared.flush()
        _exit(status)
    }

    /// Lifts the soft limit of open files to the hard one, and returns it.
    @discardableResult
    package static func raiseDescriptorLimit() -> Int {
        #if os(Linux)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Has `bytes` written to standard output (1) or error (2), and doesn't wait for it. What nobody reads is lost in the
    /// end: see `OutputWriter`.
    package static func writeStandard(_ number: Int32, _ bytes: [UInt8]) {
        OutputWriter.shared.write(bytes, to: number)
    }
}
