/// Every server's lease at one moment, all in the store's time.
package struct Leases: Hashable, Sendable {
    /// The store's run: another one may remember leases of long ago.
    var run = ""
    /// Unix milliseconds.
    let now: Int64
    /// When each server's lease ends.
    let expiry: [String: Int64]
}
