#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// A non-blocking, close-on-exec TCP socket of the address' family.
    package static func makeSocket(for address: SocketAddress) throws(SystemError) -> Descriptor {
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        #if os(Linux)
            // In one call: a child that another thread starts meanwhile must not inherit it.
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let raw = socket(family, type, 0)
            try check(raw, "socket")
        #else
            let raw = socket(family, SOCK_STREAM, 0)
            try check(raw, "socket")
            do {
                try setFlags(raw)
            } catch {
                _ = close(raw)
                throw error
            }
        #endif
        return Descriptor(rawValue: raw)
    }

    package static func setOption(_ option: Int32, level: Int32, on descriptor: Descriptor) {
        var one: Int32 = 1
        _ = setsockopt(descriptor.rawValue, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    package static func setNoDelay(_ descriptor: Descriptor) {
        setOption(TCP_NODELAY, level: Int32(IPPROTO_TCP), on: descriptor)
    }

    package static func bindAndListen(
        _ descriptor: Descriptor, to address: SocketAddress, backlog: Int32
    ) throws(SystemError) {
        setOption(SO_REUSEADDR, level: SOL_SOCKET, on: descriptor)
        try check(address.withSocketAddress { bind(descriptor.rawValue, $0, $1) }, "bind")
        try check(listen(descriptor.rawValue, backlog), "listen")
    }

    /// Binds alone, so that the address is nobody else's until this descriptor is closed, but for whoever listens there
    /// by `bindAndListen`.
    package static func reserve(_ descriptor: Descriptor, _ address: SocketAddress) throws(SystemError) {
        // Not reusing yet: what another process reserves, or has just used, is refused.
        try check(address.withSocketAddress { bind(descriptor.rawValue, $0, $1) }, "bind")
        setOption(SO_REUSEADDR, level: SOL_SOCKET, on: descriptor)
    }

    /// Starts connecting; the socket becomes writable when the attempt has ended.
    package static func connect(_ descriptor: Descriptor, to address: SocketAddress) throws(SystemError) {
        #if canImport(Glibc)
            let result = address.withSocketAddress { Glibc.connect(descriptor.rawValue, $0, $1) }
        #elseif canImport(Musl)
            let result = address.withSocketAddress { Musl.connect(descriptor.rawValue, $0, $1) }
        #else
            let result = address.withSocketAddress { Darwin.connect(descriptor.rawValue, $0, $1) }
        #endif
        // An interrupted connect goes on by itself, like one that is in progress.
        if result == -1, errno != EINPROGRESS, errno != EINTR { throw lastError("connect") }
    }

    /// The outcome of a non-blocking connect.
    package static func pendingError(of descriptor: Descriptor) -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = getsockopt(descriptor.rawValue, SOL_SOCKET, SO_ERROR, &code, &length)
        if result == -1 { return lastError("getsockopt") }
        return code == 0 ? nil : SystemError(code: code, operation: "connect")
    }

    /// The next connection waiting on a listening socket; nil when there is none.
    package static func accept(on listener: Descriptor) throws(SystemError) -> (Descriptor, SocketAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let raw = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                uninterrupted {
                    #if canImport(Glibc)
                        Glibc.accept(listener.rawValue, address, &length)
                    #elseif canImport(Musl)
                        Musl.accept(listener.rawValue, address, &length)
                    #else
                        Darwin.accept(listener.rawValue, address, &length)
                    #endif
                }
            }
        }
        if raw == -1 {
            if errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            throw lastError("accept")
        }
        do {
            try setFlags(raw)
        } catch {
            _ = close(raw)
            throw error
        }
        let descriptor = Descriptor(rawValue: raw)
        #if canImport(Darwin)
            setOption(SO_NOSIGPIPE, level: SOL_SOCKET, on: descriptor)
        #endif
        return (descriptor, SocketAddress(storage) ?? .any(port: 0))
    }

    package static func localAddress(of descriptor: Descriptor) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor.rawValue, $0, &length)
            }
        }
        try check(result, "getsockname")
        guard let address = SocketAddress(storage) else {
            throw SystemError(code: EAFNOSUPPORT, operation: "getsockname")
        }
        return address
    }

    package static func receive(
        from descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer
    ) -> Transfer {
        outcome(uninterrupted { recv(descriptor.rawValue, buffer.baseAddress, buffer.count, 0) }, "recv")
    }

    /// Writes the slices in one call. Never raises SIGPIPE.
    static func send(_ slices: UnsafeMutableBufferPointer<iovec>, on descriptor: Descriptor) -> Transfer {
        if slices.count == 1 {
            // Cheaper for the system by the copies of a header and of a list.
            return send(slices[0].iov_base, count: slices[0].iov_len, on: descriptor)
        }
        var message = msghdr()
        message.msg_iov = slices.baseAddress
        message.msg_iovlen = numericCast(slices.count)
        return outcome(uninterrupted { sendmsg(descriptor.rawValue, &message, sendFlags) }, "sendmsg")
    }

    #if canImport(Darwin)
        private static let sendFlags: Int32 = 0
    #else
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    /// Writes what it can. Never raises SIGPIPE.
    static func send(_ start: UnsafeMutableRawPointer?, count: Int, on descriptor: Descriptor) -> Transfer {
        #if canImport(Glibc)
            outcome(uninterrupted { Glibc.send(descriptor.rawValue, start, count, sendFlags) }, "send")
        #elseif canImport(Musl)
            outcome(uninterrupted { Musl.send(descriptor.rawValue, start, count, sendFlags) }, "send")
        #else
            outcome(uninterrupted { Darwin.send(descriptor.rawValue, start, count, sendFlags) }, "send")
        #endif
    }

    private static func outcome(_ count: Int, _ operation: StaticString) -> Transfer {
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        if errno == EAGAIN || errno == EWOULDBLOCK { return .wouldBlock }
        return .failed(lastError(operation))
    }

    package static func shutdownOutput(of descriptor: Descriptor) {
        _ = shutdown(descriptor.rawValue, Int32(SHUT_WR))
    }

    package static func closeDescriptor(_ descriptor: Descriptor) {
        // Not repeated on EINTR: on Linux the descriptor is gone by then, and its number may be another's.
        _ = close(descriptor.rawValue)
    }

    /// A slice of a gather write.
    typealias GatherSlice = iovec

    static func gatherSlice(_ start: UnsafeMutableRawPointer, count: Int) -> GatherSlice {
        iovec(iov_base: start, iov_len: numericCast(count))
    }

    /// Blocks: call it on a thread of its own, never on a loop.
    package static func resolve(host: String, port: UInt16) throws(SystemError) -> [SocketAddress] {
        var hints = addrinfo()
        #if os(Linux)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw SystemError(resolverCode: status) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = list
        while let current = entry {
            if let address = SocketAddress(current.pointee.ai_addr) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    /// Makes the socket behave as over a narrow link: small segments, and a small receive buffer. Before connecting.
    static func makeNarrow(_ descriptor: Descriptor) {
        var segment: Int32 = 1_400
        var buffer: Int32 = 32_768
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = setsockopt(descriptor.rawValue, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, size)
        _ = setsockopt(descriptor.rawValue, SOL_SOCKET, SO_RCVBUF, &buffer, size)
    }
}
