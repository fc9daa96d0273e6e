/// The last bytes of a stream, as many as a match may reach back.
struct InflateHistory: Sendable {
    /// The window's size in bytes.
    let capacity: Int
    /// Grows up to the window's size; from then on the oldest byte gives way to the newest.
    private(set) var bytes: [UInt8] = []
    /// Where the oldest byte is; 0 until the window is full.
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The index behind the newest byte.
    var end: Int { bytes.count < capacity ? bytes.count : oldest }

    /// Adds what was put out.
    mutating func append(_ output: UnsafeRawBufferPointer) {
        let news = UnsafeRawBufferPointer(rebasing: output.suffix(capacity))
        guard !news.isEmpty else { return }
        reserve(min(capacity, bytes.count + news.count))
        let added = news.prefix(capacity - bytes.count)
        bytes.append(contentsOf: added)
        var rest = news.dropFirst(added.count)
        while !rest.isEmpty {
            let part = rest.prefix(capacity - oldest)
            bytes.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[oldest..<oldest + part.count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
            }
            oldest = (oldest + part.count) % capacity
            rest = rest.dropFirst(part.count)
        }
    }

    /// Makes room as an array would, but for no byte more than the window.
    private mutating func reserve(_ count: Int) {
        guard count > bytes.capacity else { return }
        bytes.reserveCapacity(min(capacity, max(count, 2 * bytes.capacity)))
    }
}
