/// Deflates the messages of one direction of a connection: RFC 1951, as RFC 7692 §7.2.1 uses it.
///
/// Messages may reach back into earlier ones; ``reset()`` after each makes them independent. The memory, about 300 KiB
/// at 15 bits, is taken with the first message and kept: a deflater whose messages are independent serves any number of
/// connections.
struct Deflater: Sendable {
    private var finder: MatchFinder
    private var encoder = BlockEncoder()
    /// What was found in the block under way; of no meaning between messages.
    private var tokens: [DeflateToken] = []

    /// A deflater at the start of a stream.
    ///
    /// - Parameter windowBits: how far back a match reaches: at most `1 << windowBits` bytes. 8 to 15; others are taken
    ///   for the nearest of them.
    init(windowBits: Int = 15) {
        finder = MatchFinder(windowBits: min(max(windowBits, 8), 15))
    }

    /// Appends the message, deflated and without the `00 00 FF FF` it ends with (RFC 7692 §7.2.1).
    ///
    /// Incompressible bytes grow by 5 for each 16,383 begun, and 1. An empty message is the byte 0x00 (§7.2.3.6).
    mutating func deflate(_ message: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var rest = PartialByte()
        var left = message[...]
        while !left.isEmpty {
            left = left.dropFirst(finder.append(UnsafeRawBufferPointer(rebasing: left)))
            while finder.hasBytes {
                let found = finder.findTokens(&tokens)
                finder.withBytes(found.range) { bytes in
                    encoder.append(tokens[..<found.count], for: bytes, to: &output, rest: &rest)
                }
            }
        }
        // The three zero bits of an empty stored block's header, and zeros up to the whole byte.
        output.append(rest.bits)
        if rest.count > 5 { output.append(0) }
    }

    /// Starts a new stream: forgets the history but keeps the memory.
    mutating func reset() {
        finder.forget()
    }
}
