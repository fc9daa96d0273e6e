/// Payloads that wait for a reading of the store; bounded.
package struct HeldPayloads {
    package struct Entry {
        let payload: RoomPayload
        /// The reading under way when it came: one begun later must account for it.
        let readNumber: Int
    }

    private static let limit = 4_096
    private static let byteLimit = 8 * 1024 * 1024

    private var entries: [Entry] = []
    private var bytes = 0
    private var hasOverflowed = false

    mutating func append(_ payload: RoomPayload, readNumber: Int) {
        if entries.count >= Self.limit || bytes + payload.json.count > Self.byteLimit {
            // Dropped, not lost: the store has them, and is read again.
            self = HeldPayloads()
            hasOverflowed = true
        }
        entries.append(Entry(payload: payload, readNumber: readNumber))
        bytes += payload.json.count
    }

    /// What waited, and whether more than that did: then the store must be read again.
    mutating func takeAll() -> ([Entry], hasOverflowed: Bool) {
        defer { self = HeldPayloads() }
        return (entries, hasOverflowed)
    }
}
