import Foundation

/// A value behind a lock that the Thread Sanitizer understands.
public final class Guarded<Value>: @unchecked Sendable {  // The value is touched under the lock alone.
    private let lock = NSLock()
    private var value: Value

    public init(_ value: sending Value) { self.value = value }

    public func withLock<Result>(_ body: (inout Value) throws -> sending Result) rethrows -> sending Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
