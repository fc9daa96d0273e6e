/// What a connection still has to write: references to shared bytes, bounded by the caller's budget.
///
/// An object, so that a connection for which nothing waits has none.
final class Outbox {
    /// More slices than this do not go into one gather write. Linux takes 1,024; past some 64 nothing is gained.
    static let slicesPerWrite = 64

    /// nil where a piece has been written: nothing is held for longer than it waits.
    private var queue: [SharedBytes?] = []
    private var head = 0
    private var headOffset = 0
    /// All bytes that wait here.
    private(set) var byteCount = 0
    /// When the system last took a byte of it, or when it was made.
    private(set) var lastProgress: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { lastProgress = now }

    var isEmpty: Bool { byteCount == 0 }

    /// - Parameter written: so many bytes of the first piece are written already, and not all of them.
    func append(_ bytes: SharedBytes, written: Int = 0) {
        if bytes.count == 0 { return }
        if written > 0 { headOffset = written }
        queue.append(bytes)
        byteCount += bytes.count - written
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
    func consume(_ count: Int, at now: ContinuousClock.Instant) {
        lastProgress = now
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
    func removeUnstarted() {
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
    func removeMarked() -> Int? {
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

    private func removeAll() {
        queue = []
        head = 0
        headOffset = 0
        byteCount = 0
    }
}
