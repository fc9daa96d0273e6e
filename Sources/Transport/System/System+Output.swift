#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// A lock with a condition to wait for.
    final class Monitor: @unchecked Sendable {  // The pointers are immutable, and what they point to is for sharing.
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init() {
            mutex.initialize(to: pthread_mutex_t())
            pthread_mutex_init(mutex, nil)
            condition.initialize(to: pthread_cond_t())
            #if canImport(Darwin)
                pthread_cond_init(condition, nil)
            #else
                // The time of day may be set while somebody waits.
                var attributes = pthread_condattr_t()
                pthread_condattr_init(&attributes)
                pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
                pthread_cond_init(condition, &attributes)
                pthread_condattr_destroy(&attributes)
            #endif
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }

        func lock() { pthread_mutex_lock(mutex) }
        func unlock() { pthread_mutex_unlock(mutex) }
        func wakeAll() { pthread_cond_broadcast(condition) }

        /// Waits, without the lock, until somebody calls `wakeAll`, or for `timeout` (nil: for ever), or for no reason.
        func wait(for timeout: Duration?) {
            guard let timeout else {
                pthread_cond_wait(condition, mutex)
                return
            }
            let (seconds, attoseconds) = max(.zero, min(timeout, .seconds(86_400))).components
            let nanoseconds = Int(attoseconds / 1_000_000_000)
            #if canImport(Darwin)
                var interval = timespec(tv_sec: Int(seconds), tv_nsec: nanoseconds)
                pthread_cond_timedwait_relative_np(condition, mutex, &interval)
            #else
                var end = timespec()
                clock_gettime(CLOCK_MONOTONIC, &end)
                end.tv_sec += Int(seconds)
                end.tv_nsec += nanoseconds
                if end.tv_nsec >= 1_000_000_000 {
                    end.tv_sec += 1
                    end.tv_nsec -= 1_000_000_000
                }
                pthread_cond_timedwait(condition, mutex, &end)
            #endif
        }
    }

    /// What came of a write to standard output or error.
    enum OutputOutcome {
        case wrote(Int)
        /// Not now.
        case busy
        /// Nobody will ever read it, or there is no room on the disk.
        case failed
    }

    /// Which of these descriptors can be written to without waiting, after `timeout` at most. One that fails is among
    /// them: the write tells.
    static func writable(_ descriptors: [Int32], within timeout: Duration) -> [Int32] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
        let milliseconds = Int32(clamping: timeout / .milliseconds(1) >= 1 ? Int64(timeout / .milliseconds(1)) : 0)
        #if canImport(Glibc)
            let count = Glibc.poll(&entries, nfds_t(entries.count), milliseconds)
        #elseif canImport(Musl)
            let count = Musl.poll(&entries, nfds_t(entries.count), milliseconds)
        #else
            let count = Darwin.poll(&entries, nfds_t(entries.count), milliseconds)
        #endif
        // What can't be polled can be written to, for all that is known.
        if count < 0 { return errno == EINTR ? [] : descriptors }
        return entries.filter { $0.revents != 0 }.map(\.fd)
    }

    /// May block where another process writes to the same pipe: for a thread of its own.
    static func writeOutput(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> OutputOutcome {
        let count = bytes.withUnsafeBytes { buffer in
            uninterrupted { write(descriptor, buffer.baseAddress, buffer.count) }
        }
        if count >= 0 { return .wrote(count) }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .busy : .failed
    }

    /// This thread gets no signal; one for a closed pipe is an error of the write.
    static func blockAllSignals() {
        var set = sigset_t()
        sigfillset(&set)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Calls `body` when the process ends by `exit` or by returning from `main`.
    static func atExit(_ body: @escaping @convention(c) () -> Void) { _ = atexit(body) }
}
