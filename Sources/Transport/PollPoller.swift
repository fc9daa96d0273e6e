/// The poller where there is no epoll. Its cost grows with the descriptors watched.
final class PollPoller: Poller {
    private var entries: [System.PollEntry] = []
    private var tokens: [UInt64] = []
    private var positions: [UInt64: Int] = [:]

    func add(_ descriptor: System.Descriptor, _ interest: Readiness, token: UInt64) {
        positions[token] = entries.count
        entries.append(entry(descriptor, interest))
        tokens.append(token)
    }

    func change(_ descriptor: System.Descriptor, to interest: Readiness, token: UInt64) {
        guard let position = positions[token] else { return }
        entries[position] = entry(descriptor, interest)
    }

    func remove(_ descriptor: System.Descriptor, token: UInt64) {
        guard let position = positions.removeValue(forKey: token) else { return }
        let last = entries.count - 1
        if position != last {
            entries[position] = entries[last]
            tokens[position] = tokens[last]
            positions[tokens[position]] = position
        }
        entries.removeLast()
        tokens.removeLast()
    }

    func wait(for timeout: Duration?, into events: inout [ReadyEvent]) {
        events.removeAll(keepingCapacity: true)
        var remaining = System.poll(&entries, timeoutMilliseconds: timeout?.pollMilliseconds ?? -1)
        for (position, entry) in entries.enumerated() where remaining > 0 {
            let readiness = System.readiness(of: entry)
            if readiness.isEmpty { continue }
            events.append(ReadyEvent(token: tokens[position], readiness: readiness))
            remaining -= 1
        }
    }

    func close() {}

    private func entry(_ descriptor: System.Descriptor, _ interest: Readiness) -> System.PollEntry {
        System.pollEntry(descriptor, input: interest.contains(.input), output: interest.contains(.output))
    }
}
