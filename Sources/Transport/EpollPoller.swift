/// The poller on Linux, level-triggered.
final class EpollPoller: Poller {
    private static let eventsPerWait = 512

    private let epoll: System.Epoll
    private let instance: System.Descriptor
    private let buffer: UnsafeMutableRawBufferPointer

    /// nil where the platform has no epoll.
    init?() {
        guard let epoll = System.Epoll.shared, let instance = try? epoll.makeInstance() else { return nil }
        self.epoll = epoll
        self.instance = instance
        buffer = .allocate(byteCount: Self.eventsPerWait * System.Epoll.eventStride, alignment: 8)
    }

    deinit { buffer.deallocate() }

    private func events(for interest: Readiness) -> UInt32 {
        (interest.contains(.input) ? System.Epoll.input : 0) | (interest.contains(.output) ? System.Epoll.output : 0)
    }

    func add(_ descriptor: System.Descriptor, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try epoll.change(.add, on: instance, descriptor: descriptor, events: events(for: interest), data: token)
    }

    func change(_ descriptor: System.Descriptor, to interest: Readiness, token: UInt64) throws(SystemError) {
        try epoll.change(.modify, on: instance, descriptor: descriptor, events: events(for: interest), data: token)
    }

    func remove(_ descriptor: System.Descriptor, token: UInt64) {
        try? epoll.change(.delete, on: instance, descriptor: descriptor, events: 0, data: 0)
    }

    func wait(for timeout: Duration?, into events: inout [ReadyEvent]) {
        events.removeAll(keepingCapacity: true)
        // An interrupted wait counts as an empty one: the caller's next turn computes its timeout anew.
        let count = epoll.wait(
            instance.rawValue, buffer.baseAddress, Int32(Self.eventsPerWait), timeout?.pollMilliseconds ?? -1)
        for index in 0..<max(0, Int(count)) {
            let offset = index * System.Epoll.eventStride
            let flags = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            let token = buffer.loadUnaligned(fromByteOffset: offset + System.Epoll.dataOffset, as: UInt64.self)
            var readiness: Readiness = []
            if flags & System.Epoll.input != 0 { readiness.insert(.input) }
            if flags & System.Epoll.output != 0 { readiness.insert(.output) }
            if flags & (System.Epoll.error | System.Epoll.hangUp) != 0 { readiness.insert(.hangUp) }
            events.append(ReadyEvent(token: token, readiness: readiness))
        }
    }

    func close() { System.closeDescriptor(instance) }
}
