/// Which of the levels of a nested JSON value are objects; the others are lists. Takes no memory of its own up to 64.
struct NestedLevels {
    /// A bit for each level of the innermost 64, or fewer.
    private var inner: UInt64 = 0
    private var outer: [UInt64] = []
    private var depth = 0

    var isEmpty: Bool { depth == 0 }
    var isInObject: Bool { inner & 1 == 1 }

    /// - Returns: false where it would be one too many.
    mutating func open(isObject: Bool) -> Bool {
        // One more is around all of them: the command itself.
        guard depth < JSONReader.maximumDepth - 1 else { return false }
        if depth > 0, depth % 64 == 0 {
            outer.append(inner)
            inner = 0
        }
        inner = inner << 1 | (isObject ? 1 : 0)
        depth += 1
        return true
    }

    mutating func close() {
        depth -= 1
        inner >>= 1
        if depth > 0, depth % 64 == 0 { inner = outer.popLast() ?? 0 }
    }
}
