/// Bytes written once and sent to many: whoever holds them holds a reference, never a copy.
///
/// Immutable after `init`, which is why the class may be `@unchecked Sendable`.
public final class SharedBytes: @unchecked Sendable {
    public let count: Int
    /// Valid for as long as the object is.
    package let baseAddress: UnsafeMutableRawPointer

    public init(_ bytes: some Collection<UInt8>) {
        count = bytes.count
        baseAddress = .allocate(byteCount: max(1, count), alignment: 1)
        UnsafeMutableRawBufferPointer(start: baseAddress, count: count).copyBytes(from: bytes)
    }

    deinit { baseAddress.deallocate() }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: baseAddress, count: count))
    }
}
