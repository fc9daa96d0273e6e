extension Array {
    /// Grows by a quarter at a time and not by half its new size: what is there for every connection counts.
    mutating func appendSparingly(_ element: Element) {
        if count == capacity { reserveCapacity(count + count / 4 + 4) }
        append(element)
    }
}
