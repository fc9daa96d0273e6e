/// Bytes written once and sent to many: whoever holds them holds a reference, never a copy.
///
/// Immutable after `init`, which is why the class may be `@unchecked Sendable`.
public final class SharedBytes: @unchecked Sendable {
    public let count: Int
    /// What may be dropped when its recipient is too slow has a mark, which tells its sender where to go on: the lowest
    /// of those dropped comes back. 0: must not be dropped.
    public let mark: Int
    /// Valid for as long as the object is.
    package let baseAddress: UnsafeMutableRawPointer

    public init(_ bytes: some Collection<UInt8>, mark: Int = 0) {
        count = bytes.count
        self.mark = mark
        baseAddress = .allocate(byteCount: max(1, count), alignment: 1)
        UnsafeMutableRawBufferPointer(start: baseAddress, count: count).copyBytes(from: bytes)
    }

    /// All pieces, one behind the other; their lowest mark is that of the whole.
    package init(joining pieces: [SharedBytes]) {
        count = pieces.reduce(0) { $0 + $1.count }
        mark = pieces.lazy.map(\.mark).min() ?? 0
        baseAddress = .allocate(byteCount: max(1, count), alignment: 1)
        var end = baseAddress
        for piece in pieces {
            end.copyMemory(from: piece.baseAddress, byteCount: piece.count)
            end += piece.count
        }
    }

    deinit { baseAddress.deallocate() }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: baseAddress, count: count))
    }
}
