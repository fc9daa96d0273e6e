/// What a connection still has to write: references to shared bytes, bounded by the caller's budget.
struct Outbox {
    /// More slices than this do not go into one gather write. Linux takes 1,024; past some 64 nothing is gained.
    static let slicesPerWrite = 64

    /// nil where a piece has been written: nothing is held for longer than it waits.
    private var queue: [SharedBytes?] = []
    private var head = 0
    private var headOffset = 0
    /// All bytes that wait here.
    private(set) var byteCount = 0

    init() {}

    var isEmpty: Bool { byteCount == 0 }

    mutating func append(_ bytes: SharedBytes) {
        if bytes.count == 0 { return }
        queue.append(bytes)
        byteCount += bytes.count
    }

    /// Into an empty queue: bytes of which some have been written, and not all.
    mutating func append(_ bytes: SharedBytes, written: Int) {
        append(bytes)
        headOffset = written
        byteCount -= written
    }

    /// Fills `slices` from the front of the queue; how many were filled.
    func gather(into slices: UnsafeMutableBufferPointer<System.GatherSlice>) -> Int {
        var filled = 0
        var offset = headOffset
        while filled < slices.count, head + filled < queue.count, let bytes = queue[head + filled] {
            slices[filled] = System.gatherSlice(bytes.baseAddress + offset, count: bytes.count - offset)
            offset = 0
            filled += 1
        }
        return filled
    }

    /// Drops the first `count` bytes, which have been written.
    mutating func consume(_ count: Int) {
        byteCount -= count
        if byteCount == 0 { return removeAll() }
        var rest = count
        while rest > 0, let piece = queue[head] {
            let left = piece.count - headOffset
            if rest < left {
                headOffset += rest
                break
            }
            rest -= left
            queue[head] = nil
            head += 1
            headOffset = 0
        }
        // Moving the tail up costs less than it frees.
        if head > 32, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
    }

    /// Drops all but the piece that is half written.
    mutating func removeUnstarted() {
        if isEmpty { return }
        let started = headOffset > 0 ? queue[head] : nil
        let offset = headOffset
        removeAll()
        guard let started else { return }
        queue.append(started)
        headOffset = offset
        byteCount = started.count - offset
    }

    /// Drops what has a mark, but for a piece that is half written; the lowest mark of those dropped.
    mutating func removeMarked() -> Int? {
        if isEmpty { return nil }
        var lowest: Int?
        var kept: [SharedBytes] = []
        for (index, bytes) in queue[head...].compactMap(\.self).enumerated() {
            if bytes.mark == 0 || (index == 0 && headOffset > 0) {
                kept.append(bytes)
            } else {
                lowest = min(lowest ?? bytes.mark, bytes.mark)
            }
        }
        let offset = headOffset
        removeAll()
        queue = kept
        headOffset = offset
        byteCount = kept.reduce(0) { $0 + $1.count } - offset
        return lowest
    }

    mutating func removeAll() {
        // A short queue keeps its storage for the next tick; a long one gives it back.
        queue.removeAll(keepingCapacity: queue.capacity <= 16)
        head = 0
        headOffset = 0
        byteCount = 0
    }
}
