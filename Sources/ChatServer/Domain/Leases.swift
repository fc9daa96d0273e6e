/// Every server's lease at one moment, all in the store's time.
struct Leases: Hashable, Sendable {
    /// Unix milliseconds.
    let now: Int64
    /// When each server's lease ends.
    let expiry: [String: Int64]
}
