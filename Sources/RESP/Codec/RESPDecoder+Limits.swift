extension RESPDecoder {
    /// What a peer may send. Everything beyond is refused as soon as the bytes at hand show it.
    ///
    /// A negative limit acts as zero.
    public struct Limits: Sendable, Hashable {
        /// The longest bulk string, in bytes. Default: 512 MiB, Redis' own `proto-max-bulk-len`.
        public var bulkLength: Int
        /// The most elements that the arrays of one reply may declare, nested ones included. Default: 1,048,576.
        ///
        /// An element costs some 40 bytes beside its content, whichever way the arrays are nested.
        public var elementCount: Int
        /// How deep arrays may nest; an array that isn't inside another has depth 1. Default: 32.
        ///
        /// Comparing, hashing and releasing a value recurse this deep: keep it far below a thousand.
        public var depth: Int
        /// The longest simple string or error, in bytes without type byte and CRLF. Default: 64 KiB.
        public var lineLength: Int

        /// Limits for replies of a Redis that is trusted no more than needed.
        public init(
            bulkLength: Int = 512 * 1024 * 1024,
            elementCount: Int = 1_048_576,
            depth: Int = 32,
            lineLength: Int = 64 * 1024
        ) {
            self.bulkLength = bulkLength
            self.elementCount = elementCount
            self.depth = depth
            self.lineLength = lineLength
        }

        var withoutNegatives: Limits {
            Limits(
                bulkLength: max(0, bulkLength),
                elementCount: max(0, elementCount),
                depth: max(0, depth),
                lineLength: max(0, lineLength)
            )
        }
    }
}
