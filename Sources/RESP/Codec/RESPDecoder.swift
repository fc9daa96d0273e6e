/// Turns a RESP2 byte stream, cut in any way, into values.
///
/// Append what was read, then take values until `next()` gives `nil`:
///
/// ```swift
/// decoder.append(chunk)
/// while let value = try decoder.next() { … }
/// ```
///
/// Any chunking gives the same values and the same error, each in the chunk that completes it. The work is linear in
/// the bytes; nested arrays take no recursion; no memory is taken on the strength of a length that was only declared.
/// The dialect is strict: CRLF ends every line, numbers are written the one way Redis writes them (no `+`, no leading
/// zeros, no `-0`), and -1 is the only negative length.
public struct RESPDecoder: Sendable {
    /// An array whose last elements haven't come yet.
    private struct OpenArray {
        var elements: [RESPValue] = []
        /// How many elements are still to come: at least 1, unless this stands for "no array is open".
        var missing = 0
    }

    private let limits: Limits

    /// The bytes being decoded. Values are slices of it, so it is only ever appended to while no slice was made.
    private var buffer: [UInt8] = []
    /// Bytes that came before those in `buffer` were decoded. They wait here, so that none is moved twice.
    private var backlog: [UInt8] = []
    /// Where the first token that isn't decoded starts.
    private var position = 0
    /// How many bytes of that token needn't be scanned again.
    private var clean = 0
    /// Where the first value that isn't delivered starts: below zero when `buffer` holds only the rest of it.
    private var valueStart = 0
    private var hasSlices = false
    /// Whether `buffer` holds nothing more than (at most) the beginning of a token.
    private var needsBytes = true

    private var innermost = OpenArray()
    /// The arrays around `innermost`, the outermost first.
    private var enclosing: [OpenArray] = []
    private var depth = 0
    /// How many elements the value at hand may still declare.
    private var elementsLeft: Int

    private var failure: RESPDecodingError?

    /// A decoder at the start of a stream.
    public init(limits: Limits = Limits()) {
        self.limits = limits.withoutNegatives
        elementsLeft = self.limits.elementCount
    }

    /// How many bytes are held that belong to no delivered value; 0 after an error.
    public var bufferedByteCount: Int {
        buffer.count - valueStart + backlog.count
    }

    /// The next value, or `nil` when more bytes are needed.
    ///
    /// - Throws: `RESPDecodingError` at the first byte that isn't RESP2 or exceeds a limit, and the same error at
    ///   every call from then on: nothing tells where the next value would start.
    public mutating func next() throws(RESPDecodingError) -> RESPValue? {
        if let failure { throw failure }
        do throws(RESPDecodingError) {
            return try decode()
        } catch {
            fail(with: error)
            throw error
        }
    }

    private mutating func fail(with error: RESPDecodingError) {
        self = RESPDecoder(limits: limits)
        failure = error
    }
}

// MARK: - Decoding

extension RESPDecoder {
    @inline(__always)
    private mutating func decode() throws(RESPDecodingError) -> RESPValue? {
        while true {
            let bounds = RESPToken.Bounds(limits: limits, elements: elementsLeft, refusesArrays: depth >= limits.depth)
            let token = try RESPToken.scan(buffer.span, from: position, clean: clean, within: bounds)
            let value: RESPValue
            switch token.kind {
            case .simpleString(let range): value = .simpleString(slice(range))
            case .error(let range): value = .error(slice(range))
            case .bulkString(let range): value = .bulkString(slice(range))
            case .integer(let number): value = .integer(number)
            case .nullBulkString: value = .nullBulkString
            case .nullArray: value = .nullArray
            case .arrayHeader(let count):
                consume(token)
                elementsLeft -= count
                if count > 0 {
                    open(count: count)
                    continue
                }
                value = .array([])
            case .incomplete(let clean):
                self.clean = clean
                guard takeBacklog() else { return nil }
                continue
            }
            consume(token)
            if let complete = add(value) { return complete }
        }
    }

    @inline(__always)
    private mutating func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        hasSlices = true
        return buffer[range]
    }

    @inline(__always)
    private mutating func consume(_ token: RESPToken) {
        position = token.end
        clean = 0
    }

    private mutating func open(count: Int) {
        if depth > 0 { enclosing.append(innermost) }
        depth += 1
        innermost = OpenArray(missing: count)
        // No element is shorter than 3 bytes. The cap keeps nested headers from reserving for the same bytes again.
        let elementsAtHand = (buffer.count - position) / 3
        innermost.elements.reserveCapacity(min(count, elementsAtHand, depth == 1 ? .max : 256))
    }

    /// Puts `value` where it belongs; the value that is thereby complete, if it isn't part of another.
    @inline(__always)
    private mutating func add(_ value: RESPValue) -> RESPValue? {
        guard depth > 0 else {
            valueStart = position
            elementsLeft = limits.elementCount
            return value
        }
        innermost.elements.append(value)
        innermost.missing -= 1
        return innermost.missing > 0 ? nil : closeArrays()
    }

    /// Closes the innermost array, whose last element has come, and those around it whose last element it is.
    private mutating func closeArrays() -> RESPValue? {
        while true {
            let array = RESPValue.array(innermost.elements)
            depth -= 1
            guard let outer = enclosing.popLast() else {
                innermost = OpenArray()
                valueStart = position
                elementsLeft = limits.elementCount
                return array
            }
            innermost = outer
            innermost.elements.append(array)
            innermost.missing -= 1
            if innermost.missing > 0 { return nil }
        }
    }
}

// MARK: - Receiving

extension RESPDecoder {
    /// Adds bytes to the end of the stream; they are copied. After an error they are ignored.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard failure == nil, !bytes.isEmpty else { return }
        guard needsBytes else {
            backlog.append(contentsOf: bytes)
            return
        }
        needsBytes = false
        makeRoom(for: bytes.count)
        buffer.append(contentsOf: bytes)
    }

    /// Adds bytes to the end of the stream; they are copied. After an error they are ignored.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isContiguous == nil {
            Array(bytes).withUnsafeBytes { append($0) }
        }
    }

    /// Joins the waiting bytes to the unfinished token; `false` when none wait.
    private mutating func takeBacklog() -> Bool {
        needsBytes = backlog.isEmpty
        guard !backlog.isEmpty else { return false }
        if position == buffer.count {
            makeRoom(for: 0)
            swap(&buffer, &backlog)
        } else {
            makeRoom(for: backlog.count)
            buffer.append(contentsOf: backlog)
        }
        backlog.removeAll()
        return true
    }

    /// Lets go of all that is decoded, so that `buffer` starts with the unfinished token and may be appended to.
    ///
    /// A token is moved at most once: after that it starts the buffer, which has no slices, and grows in place.
    private mutating func makeRoom(for byteCount: Int) {
        guard position > 0 else { return }
        if hasSlices {
            // The slices own the old buffer; a copy of the rest costs less than a copy of all, which writing would.
            let rest = buffer[position...]
            var fresh: [UInt8] = []
            fresh.reserveCapacity(rest.count + byteCount)
            fresh.append(contentsOf: rest)
            buffer = fresh
            hasSlices = false
        } else {
            buffer.removeSubrange(..<position)
        }
        valueStart -= position
        position = 0
    }
}
