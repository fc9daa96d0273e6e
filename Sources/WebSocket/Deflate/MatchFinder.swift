/// Finds the matches in messages and keeps the bytes that later matches may reach back to.
///
/// A buffer holds the window and the bytes that are being looked at. For each hash of four bytes, `heads` has the last
/// place where they stood and `links` the one before, and so on; `shortHeads` has the last place for each hash of three
/// bytes. A place is an index into the buffer; 0 is none. At 15 bits all this takes 224 KiB, from the first message on.
struct MatchFinder: Sendable {
    /// How many tokens are found at a time: what a block is made of.
    static let tokenLimit = 16_384

    /// The window's size in bytes.
    let window: Int
    private let bufferSize: Int
    private let hashBits: Int
    private let shortHashBits: Int

    /// Words are read up to seven bytes behind the last byte.
    private var bytes: [UInt8] = []
    private var heads: [UInt16] = []
    private var shortHeads: [UInt16] = []
    /// By place, modulo the window's size.
    private var links: [UInt16] = []
    /// The first byte that a match may reach back to.
    private var first = 1
    /// The first byte that isn't part of a token.
    private var position = 1
    /// The index behind the last byte.
    private var end = 1
    /// The first place that isn't in `heads`: it and those behind it are added once three bytes are there.
    private var pending = 1

    /// A finder whose matches reach back at most `1 << windowBits` bytes; 8 to 15.
    init(windowBits: Int) {
        window = 1 << windowBits
        // Places must fit into 16 bits. Small windows get some more room, so that they seldom have to be moved.
        bufferSize = min(max(4 * window, 16_384), 65_536)
        hashBits = max(windowBits, 11)
        shortHashBits = max(windowBits - 1, 11)
    }

    /// Whether there are bytes that aren't part of a token.
    var hasBytes: Bool { position < end }

    /// The bytes at these places.
    func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Takes as much of `input` as there is room for, at least a byte. All bytes before must be part of tokens.
    ///
    /// - Returns: how many bytes it took.
    mutating func append(_ input: UnsafeRawBufferPointer) -> Int {
        if bytes.isEmpty { allocate() }
        if input.count > bufferSize - end { moveWindow() }
        let count = min(input.count, bufferSize - end)
        bytes.withUnsafeMutableBytes {
            $0[end..<end + count].copyBytes(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
        }
        end += count
        return count
    }

    /// Lets no later match reach back to what is there now.
    mutating func forget() {
        // The places stay in the tables; that they are before `first` rules them out.
        first = end
        position = end
        pending = end
    }

    /// Finds tokens from where it stands: until `tokens` is full or the bytes are used up.
    ///
    /// - Returns: how many tokens, and the places of the bytes they stand for.
    mutating func findTokens(_ tokens: inout [DeflateToken]) -> (count: Int, range: Range<Int>) {
        let missing = min(end - position, Self.tokenLimit) - tokens.count
        if missing > 0 { tokens.append(contentsOf: repeatElement(DeflateToken(literal: 0), count: missing)) }
        let start = position
        var count = 0
        bytes.withUnsafeBytes { bytes in
            heads.withUnsafeMutableBufferPointer { heads in
                shortHeads.withUnsafeMutableBufferPointer { shortHeads in
                    links.withUnsafeMutableBufferPointer { links in
                        var search = MatchSearch(
                            bytes: bytes, heads: heads, links: links, shortHeads: shortHeads,
                            hashShift: UInt32(32 - hashBits), shortHashShift: UInt32(32 - shortHashBits),
                            window: window, first: first, end: end, pending: pending)
                        tokens.withUnsafeMutableBufferPointer { count = search.findTokens(&position, $0) }
                        pending = search.pending
                    }
                }
            }
        }
        return (count, start..<position)
    }

    private mutating func allocate() {
        bytes = [UInt8](repeating: 0, count: bufferSize + MatchSearch.overread)
        heads = [UInt16](repeating: 0, count: 1 << hashBits)
        shortHeads = [UInt16](repeating: 0, count: 1 << shortHashBits)
        links = [UInt16](repeating: 0, count: window)
    }

    /// Moves the window to the buffer's start, or nothing if it is there already.
    private mutating func moveWindow() {
        guard end > first else {
            heads.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
            shortHeads.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
            (first, position, end, pending) = (1, 1, 1, 1)
            return
        }
        // A multiple of the window's size, so that each place's link stays where it is.
        let shift = max(0, end - window) / window * window
        guard shift > 0 else { return }
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[..<(end - shift)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[shift..<end]))
        }
        Self.subtract(UInt16(shift), from: &heads)
        Self.subtract(UInt16(shift), from: &shortHeads)
        Self.subtract(UInt16(shift), from: &links)
        first = max(1, first - shift)
        position -= shift
        end -= shift
        pending = max(1, pending - shift)
    }

    private static func subtract(_ shift: UInt16, from places: inout [UInt16]) {
        places.withUnsafeMutableBufferPointer { places in
            for index in places.indices { places[index] = max(places[index], shift) &- shift }
        }
    }
}
