#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// Failures are not told: a socket without it works, and is only found dead later.
    static func setKeepAlive(_ keepAlive: TCPKeepAlive, on descriptor: Descriptor) {
        func seconds(_ duration: Duration) -> Int32 { Int32(clamping: max(1, duration.components.seconds)) }
        func set(_ option: Int32, _ value: Int32) {
            var value = value
            _ = setsockopt(
                descriptor.rawValue, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        setOption(SO_KEEPALIVE, level: SOL_SOCKET, on: descriptor)
        #if canImport(Darwin)
            set(TCP_KEEPALIVE, seconds(keepAlive.idle))
            set(TCP_RXT_CONNDROPTIME, seconds(keepAlive.unacknowledged))
        #else
            set(TCP_KEEPIDLE, seconds(keepAlive.idle))
            // In milliseconds.
            set(TCP_USER_TIMEOUT, Int32(clamping: Int64(seconds(keepAlive.unacknowledged)) * 1000))
        #endif
        set(TCP_KEEPINTVL, seconds(keepAlive.interval))
        set(TCP_KEEPCNT, Int32(clamping: max(1, keepAlive.count)))
    }

    /// How many bytes the system has taken, and the other end hasn't acknowledged; 0 where it doesn't tell.
    static func unacknowledgedBytes(of descriptor: Descriptor) -> Int {
        var count: Int32 = 0
        #if canImport(Darwin)
            var length = socklen_t(MemoryLayout<Int32>.size)
            let result = getsockopt(descriptor.rawValue, SOL_SOCKET, SO_NWRITE, &count, &length)
        #else
            // SIOCOUTQ of <linux/sockios.h>, by its other name.
            let result = ioctl(descriptor.rawValue, UInt(TIOCOUTQ), &count)
        #endif
        return result == 0 ? Int(count) : 0
    }

    /// What a socket has been told, in the order of `TCPKeepAlive`; nil where keepalive is off.
    static func keepAlive(of descriptor: Descriptor) -> TCPKeepAlive? {
        func get(_ option: Int32, level: Int32 = Int32(IPPROTO_TCP)) -> Int {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor.rawValue, level, option, &value, &length) == 0 ? Int(value) : 0
        }
        if get(SO_KEEPALIVE, level: SOL_SOCKET) == 0 { return nil }
        #if canImport(Darwin)
            let (idle, unacknowledged) = (get(TCP_KEEPALIVE), Duration.seconds(get(TCP_RXT_CONNDROPTIME)))
        #else
            let (idle, unacknowledged) = (get(TCP_KEEPIDLE), Duration.milliseconds(get(TCP_USER_TIMEOUT)))
        #endif
        return TCPKeepAlive(
            idle: .seconds(idle), interval: .seconds(get(TCP_KEEPINTVL)), count: get(TCP_KEEPCNT),
            unacknowledged: unacknowledged)
    }
}
