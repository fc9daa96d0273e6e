// What the fuzzers share: Scripts/fuzz.sh compiles it into each of them.

/// Like `precondition`, whose words an optimized build leaves out.
func demand(_ condition: Bool, _ words: @autoclosure () -> String, line: UInt = #line) {
    if !condition { fatalError("\(words()) (line \(line))") }
}

/// Chunk sizes that look random and are the same for the same input.
struct ChunkSizes {
    private var state: UInt64

    init(for input: UnsafeRawBufferPointer) {
        state = input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next(upTo limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return 1 + Int(state >> 33) % limit
    }
}

/// How a stream is cut into chunks.
enum Cuts {
    case none
    case everyByte
    case random
    /// Into two, before this byte.
    case at(Int)

    /// Hands out copies of the input's pieces with the offset of each, until `take` says that it wants no more.
    ///
    /// Each has memory of its own, as it is changed in place; a step past its end, or after it is gone, is seen.
    func feed(
        _ input: UnsafeRawBufferPointer, to take: (_ chunk: UnsafeMutableRawBufferPointer, _ offset: Int) -> Bool
    ) {
        var sizes = ChunkSizes(for: input)
        var rest = input[...]
        while !rest.isEmpty {
            let size =
                switch self {
                case .none: rest.count
                case .everyByte: 1
                case .random: sizes.next(upTo: 16)
                case .at(let index): rest.startIndex < index ? index - rest.startIndex : rest.count
                }
            let piece = rest.prefix(size)
            rest = rest.dropFirst(size)
            let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
            defer { chunk.deallocate() }
            chunk.copyBytes(from: piece)
            guard take(chunk, piece.startIndex) else { return }
        }
    }
}
