/// Joins the fragments of a message: RFC 6455 §5.4.
///
/// The size limit counts all fragments, from what their headers announce; nothing is allocated on the strength of an
/// announcement. Text is checked as it arrives (§8.1), so bad UTF-8 fails at its first byte even in mid-frame. Between
/// messages no memory is held, and a message that arrives in one piece is copied once, into its value.
///
/// A compressed message (RFC 7692 §6) is inflated as it arrives: the size limit holds for what it inflates to.
public struct MessageAssembler: Sendable {
    private let messageSize: Int
    private let fragmentLimit: Int32
    private var fragments: Int32 = 0
    private var utf8 = UTF8Validator()
    private var isText = false
    private var isLastFragment = false
    private var isCompressed = false
    private let takesContextOver: Bool
    /// One where compression was negotiated, else none: as an array it costs other connections 8 bytes.
    private var inflaters: [Inflater]
    private var announced = 0
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - messageSize: the longest message in bytes.
    ///   - fragments: the most fragments of one message, empty ones included.
    ///   - compression: what was negotiated, if anything.
    public init(messageSize: Int, fragments: Int, compression: PerMessageDeflate? = nil) {
        self.messageSize = messageSize
        fragmentLimit = Int32(clamping: fragments)
        takesContextOver = compression?.clientTakesContextOver ?? false
        // zlib writes a window of 9 bits where it is told 8.
        inflaters = compression.map { [Inflater(windowBits: max(9, $0.clientWindowBits))] } ?? []
    }

    /// The longest message in bytes as it is sent: what can't be compressed grows by a little.
    var longestOnTheWire: Int {
        guard !inflaters.isEmpty else { return messageSize }
        let (sum, overflow) = messageSize.addingReportingOverflow(messageSize / 256 + 64)
        return overflow ? .max : sum
    }

    /// Whether a message has begun and not ended.
    public var isUnderWay: Bool { fragments > 0 }

    /// Takes the header of a data frame. (Control frames are none of the assembler's business.)
    ///
    /// - Throws: `unexpectedContinuation`, `interleavedMessage`, `tooManyFragments`, `messageTooBig`.
    public mutating func begin(_ header: FrameHeader) throws(ProtocolViolation) {
        if header.opcode == .continuation {
            guard isUnderWay else { throw .unexpectedContinuation }
        } else {
            guard !isUnderWay else { throw .interleavedMessage }
            isText = header.opcode == .text
            isCompressed = header.reservedBits.contains(.rsv1)
            // The decoder's rules have refused it; whoever uses this without them must not reach an inflater that isn't there.
            guard !isCompressed || !inflaters.isEmpty else { throw .reservedBits }
        }
        guard fragments < fragmentLimit else { throw .tooManyFragments }
        fragments += 1
        let (sum, overflow) = announced.addingReportingOverflow(header.payloadLength)
        guard !overflow, sum <= (isCompressed ? longestOnTheWire : messageSize) else { throw .messageTooBig }
        announced = sum
        isLastFragment = header.isFinal
    }

    /// Takes the next piece of the frame's payload, unmasked.
    ///
    /// - Returns: the message, once its last piece is there.
    /// - Throws: `invalidUTF8`.
    public mutating func append(
        _ piece: UnsafeRawBufferPointer,
        isEnd: Bool
    ) throws(ProtocolViolation) -> WebSocketMessage? {
        if isCompressed { return try inflate(piece, isEnd: isEnd && isLastFragment) }
        if isText {
            guard utf8.validate(piece) else { throw .invalidUTF8 }
        }
        guard isEnd, isLastFragment else {
            keep(piece)
            return nil
        }
        guard utf8.isComplete else { throw .invalidUTF8 }
        defer { reset() }
        if buffer.isEmpty {
            return isText ? .text(String(decoding: piece, as: UTF8.self)) : .binary(Array(piece))
        }
        keep(piece)
        return isText ? .text(String(decoding: buffer, as: UTF8.self)) : .binary(buffer)
    }

    private mutating func inflate(
        _ piece: UnsafeRawBufferPointer, isEnd: Bool
    ) throws(ProtocolViolation) -> WebSocketMessage? {
        let known = buffer.count
        var failure: InflateError?
        do throws(InflateError) {
            try inflaters[0].inflate(piece, into: &buffer, limit: messageSize)
            if isEnd { try inflaters[0].endMessage(into: &buffer, limit: messageSize) }
        } catch {
            failure = error
        }
        if isText {
            // Even behind a failure: which fault comes first must not depend on how the bytes arrived.
            let isValid = buffer.withUnsafeBytes { utf8.validate(UnsafeRawBufferPointer(rebasing: $0[known...])) }
            guard isValid else { throw .invalidUTF8 }
        }
        if let failure { throw failure == .tooBig ? .messageTooBig : .corruptCompression }
        guard !isEnd || utf8.isComplete else { throw .invalidUTF8 }
        guard isEnd else { return nil }
        defer { reset() }
        return isText ? .text(String(decoding: buffer, as: UTF8.self)) : .binary(buffer)
    }

    private mutating func keep(_ piece: UnsafeRawBufferPointer) {
        let needed = buffer.count + piece.count
        if needed > buffer.capacity {
            // Twice what has arrived, so that many small fragments cost no copy each; no more where the end is known.
            let roomy = 2 * buffer.count
            buffer.reserveCapacity(max(needed, isLastFragment ? min(announced, roomy) : roomy))
        }
        buffer.append(contentsOf: piece)
    }

    private mutating func reset() {
        if isCompressed, !takesContextOver { inflaters[0].reset() }
        (fragments, announced, buffer) = (0, 0, [])
        (utf8, isText, isLastFragment, isCompressed) = (UTF8Validator(), false, false, false)
    }
}
