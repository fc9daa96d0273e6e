/// A value behind a lock. Never on a hot path: what lives on a loop needs none.
package final class Locked<Value>: @unchecked Sendable {  // The value is touched under the lock alone.
    private let mutex = System.Mutex()
    private var value: Value

    package init(_ value: sending Value) { self.value = value }

    package func withLock<Result>(_ body: (inout Value) throws -> sending Result) rethrows -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value)
    }
}
