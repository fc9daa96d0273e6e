#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// epoll, which no toolchain module exposes: bound by name, so that it needs no C of ours.
    struct Epoll: Sendable {
        typealias Create = @convention(c) (Int32) -> Int32
        typealias Control = @convention(c) (Int32, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
        typealias Wait = @convention(c) (Int32, UnsafeMutableRawPointer?, Int32, Int32) -> Int32

        let create: Create
        let control: Control
        let wait: Wait

        static let input: UInt32 = 0x001
        static let output: UInt32 = 0x004
        static let error: UInt32 = 0x008
        static let hangUp: UInt32 = 0x010

        // `struct epoll_event` is packed on x86-64 alone.
        #if arch(x86_64)
            static let eventStride = 12
            static let dataOffset = 4
        #else
            static let eventStride = 16
            static let dataOffset = 8
        #endif

        /// nil where there is no epoll, or no dynamic symbol table to find it in (static Musl).
        static let shared: Epoll? = {
            #if os(Linux)
                guard
                    let create = dlsym(nil, "epoll_create1"),
                    let control = dlsym(nil, "epoll_ctl"),
                    let wait = dlsym(nil, "epoll_wait")
                else { return nil }
                return Epoll(
                    create: unsafeBitCast(create, to: Create.self),
                    control: unsafeBitCast(control, to: Control.self),
                    wait: unsafeBitCast(wait, to: Wait.self))
            #else
                return nil
            #endif
        }()

        func makeInstance() throws(SystemError) -> Descriptor {
            let closeOnExec: Int32 = 0o2000000
            let raw = create(closeOnExec)
            try System.check(raw, "epoll_create1")
            return Descriptor(rawValue: raw)
        }

        enum Operation: Int32 {
            case add = 1
            case delete = 2
            case modify = 3
        }

        func change(
            _ operation: Operation, on instance: Descriptor, descriptor: Descriptor, events: UInt32, data: UInt64
        ) throws(SystemError) {
            let result = withUnsafeTemporaryAllocation(byteCount: Self.eventStride, alignment: 8) { event in
                event.storeBytes(of: events, as: UInt32.self)
                event.storeBytes(of: data, toByteOffset: Self.dataOffset, as: UInt64.self)
                return control(instance.rawValue, operation.rawValue, descriptor.rawValue, event.baseAddress)
            }
            try System.check(result, "epoll_ctl")
        }
    }

    typealias PollEntry = pollfd

    static func pollEntry(_ descriptor: Descriptor, input: Bool, output: Bool) -> PollEntry {
        pollfd(
            fd: descriptor.rawValue, events: Int16((input ? POLLIN : 0) | (output ? POLLOUT : 0)), revents: 0)
    }

    /// Fills in `revents`; the number of entries that are ready. An interrupted wait counts as none.
    static func poll(_ entries: inout [PollEntry], timeoutMilliseconds: Int32) -> Int {
        entries.withUnsafeMutableBufferPointer { buffer in
            #if canImport(Glibc)
                Int(max(0, Glibc.poll(buffer.baseAddress, nfds_t(buffer.count), timeoutMilliseconds)))
            #elseif canImport(Musl)
                Int(max(0, Musl.poll(buffer.baseAddress, nfds_t(buffer.count), timeoutMilliseconds)))
            #else
                Int(max(0, Darwin.poll(buffer.baseAddress, nfds_t(buffer.count), timeoutMilliseconds)))
            #endif
        }
    }

    static func readiness(of entry: PollEntry) -> Readiness {
        let events = Int32(entry.revents)
        var readiness: Readiness = []
        if events & Int32(POLLIN) != 0 { readiness.insert(.input) }
        if events & Int32(POLLOUT) != 0 { readiness.insert(.output) }
        if events & Int32(POLLERR | POLLHUP | POLLNVAL) != 0 { readiness.insert(.hangUp) }
        return readiness
    }

    /// A non-blocking pipe to wake a sleeping loop: (read end, write end).
    static func makePipe() throws(SystemError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [0, 0]
        try check(pipe(&ends), "pipe")
        for end in ends { try setFlags(end) }
        return (Descriptor(rawValue: ends[0]), Descriptor(rawValue: ends[1]))
    }

    static func writeByte(to descriptor: Descriptor) {
        var byte: UInt8 = 1
        // A full pipe wakes the reader just as well.
        _ = uninterrupted { write(descriptor.rawValue, &byte, 1) }
    }

    static func drain(_ descriptor: Descriptor) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while uninterrupted({ read(descriptor.rawValue, buffer.baseAddress, buffer.count) }) == buffer.count {}
        }
    }
}
