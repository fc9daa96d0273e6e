/// What is to be done when, the earliest first: a binary heap. Pure.
///
/// Whatever is due comes out in the order in which it became due, so nothing waits for ever, however much there is.
package struct DueQueue<Key: Hashable> {
    private struct Entry {
        let due: ContinuousClock.Instant
        let key: Key
    }

    /// An entry whose time isn't its key's any more is passed over.
    private var heap: [Entry] = []
    private var times: [Key: ContinuousClock.Instant] = [:]

    var isEmpty: Bool { times.isEmpty }
    var count: Int { times.count }

    /// When it is due; nil where it isn't scheduled.
    func due(of key: Key) -> ContinuousClock.Instant? { times[key] }

    /// Instead of when it was due before.
    mutating func schedule(_ key: Key, at due: ContinuousClock.Instant) {
        if times.updateValue(due, forKey: key) == due { return }
        heap.append(Entry(due: due, key: key))
        siftUp(heap.count - 1)
        // What was scheduled anew again and again leaves its old entries behind.
        if heap.count > 2 * times.count + 64 { rebuild() }
    }

    mutating func remove(_ key: Key) { times[key] = nil }

    /// Takes out what is due, up to a number.
    mutating func takeDue(at now: ContinuousClock.Instant, limit: Int) -> [Key] {
        var due: [Key] = []
        while due.count < limit, let first = heap.first, first.due <= now {
            removeFirst()
            guard times[first.key] == first.due else { continue }
            times[first.key] = nil
            due.append(first.key)
        }
        return due
    }

    private mutating func rebuild() {
        heap = times.map { Entry(due: $0.value, key: $0.key) }.sorted { $0.due < $1.due }
    }

    private mutating func siftUp(_ index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].due < heap[first].due {
                first = child
            }
            if first == parent { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}
