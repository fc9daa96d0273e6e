extension UnsafeMutableRawBufferPointer {
    /// Takes the first `count` bytes off this view and returns them; `count` is at most `self.count`.
    mutating func consume(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let taken = UnsafeMutableRawBufferPointer(rebasing: self[..<count])
        self = UnsafeMutableRawBufferPointer(rebasing: self[count...])
        return taken
    }

    /// Takes everything that is left.
    mutating func consumeAll() {
        _ = consume(count)
    }
}
