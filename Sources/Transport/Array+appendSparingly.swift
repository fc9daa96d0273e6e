extension Array {
    /// Makes room for one more: grows by a quarter at a time and not by half its new size. What is there for every
    /// connection counts.
    package mutating func reserveSparingly() {
        if count == capacity { reserveCapacity(count + count / 4 + 8) }
    }

    mutating func appendSparingly(_ element: Element) {
        reserveSparingly()
        append(element)
    }
}
