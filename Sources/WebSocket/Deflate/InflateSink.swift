/// Where bytes go while a piece is inflated: the output with the room behind it, and the bytes from before.
///
/// The caller of each function has made sure that there is room, and that a match stays within ``reach``.
struct InflateSink {
    /// The output and the room behind it.
    let buffer: UnsafeMutableBufferPointer<UInt8>
    /// Where this piece's bytes start. What is before that isn't read: the caller may have changed it.
    let start: Int
    /// Where the next byte goes.
    var position: Int
    /// The bytes put out before this piece, as an ``InflateHistory`` keeps them.
    let history: UnsafeBufferPointer<UInt8>
    /// The index behind the newest byte of `history`.
    let historyEnd: Int
    /// The window's size in bytes.
    let window: Int

    /// How many bytes a match writes at most behind its end if it goes by words.
    static let overshoot = 7

    var room: Int { buffer.count &- position }

    /// How far back a match may reach.
    @inline(__always)
    var reach: Int { min(window, position &- start &+ history.count) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        buffer[position] = byte
        position &+= 1
    }

    /// Appends whole bytes as they are.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(buffer)[position..<position + bytes.count].copyBytes(from: bytes)
        position += bytes.count
    }

    /// Repeats the `length` bytes that start `distance` bytes back. They may overlap those they become.
    @inline(__always)
    mutating func repeatBytes(distance: Int, length: Int) {
        let isInPiece = distance <= position &- start
        let left = isInPiece ? length : repeatHistory(distance: distance, length: length)
        let end = position &+ left
        while position < end {
            buffer[position] = buffer[position &- distance]
            position &+= 1
        }
    }

    /// The same, eight bytes at a time where possible, which takes ``overshoot`` bytes of room more.
    @inline(__always)
    mutating func repeatWords(distance: Int, length: Int) {
        guard distance >= 8, distance <= position &- start, let base = buffer.baseAddress else {
            repeatBytes(distance: distance, length: length)
            return
        }
        let end = position &+ length
        var target = UnsafeMutableRawPointer(base + position)
        let targetEnd = UnsafeMutableRawPointer(base + end)
        repeat {
            target.storeBytes(of: (target - distance).loadUnaligned(as: UInt64.self), as: UInt64.self)
            target += 8
        } while target < targetEnd
        position = end
    }

    /// Appends the part of a match that is older than this piece. Returns how many bytes are left of the match.
    @inline(never)
    private mutating func repeatHistory(distance: Int, length: Int) -> Int {
        let back = distance - (position - start)
        let count = min(length, back)
        var source = historyEnd - back
        if source < 0 { source += history.count }
        for _ in 0..<count {
            append(history[source])
            source += 1
            if source == history.count { source = 0 }
        }
        return length - count
    }
}
