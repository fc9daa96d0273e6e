/// The sends that may be repeated. The oldest are forgotten first: by time, and beyond a number.
package struct RecentSends {
    package struct Key: Hashable {
        let room: RoomName
        let socket: String
        let id: String
    }

    private typealias Entry = (receipt: Receipt, at: ContinuousClock.Instant)

    private let window: Duration
    private let limit: Int
    private var entries: [Key: Entry] = [:]
    /// In the order they were recorded; what is before `head` is forgotten.
    private var order: [(key: Key, at: ContinuousClock.Instant)] = []
    private var head = 0

    init(window: Duration, limit: Int) {
        self.window = window
        self.limit = limit
    }

    var count: Int { entries.count }

    mutating func receipt(of key: Key, at now: ContinuousClock.Instant) -> Receipt? {
        forget(keeping: limit, at: now)
        return entries[key]?.receipt
    }

    mutating func record(_ receipt: Receipt, of key: Key, at now: ContinuousClock.Instant) {
        forget(keeping: limit - 1, at: now)
        entries[key] = (receipt, now)
        order.append((key, now))
    }

    private mutating func forget(keeping limit: Int, at now: ContinuousClock.Instant) {
        while head < order.count, order.count - head > limit || order[head].at.advanced(by: window) <= now {
            let (key, at) = order[head]
            // It may have been recorded again since.
            if entries[key]?.at == at { entries[key] = nil }
            head += 1
        }
        if head > 1_024, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
    }
}
