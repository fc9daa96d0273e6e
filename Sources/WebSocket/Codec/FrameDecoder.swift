/// Cuts a stream of bytes into frames, whatever pieces it comes in: RFC 6455 §5.2.
///
/// It keeps at most the 14 bytes of a header. Payloads are never copied: they are handed on piece by piece, unmasked in
/// place, as views of the caller's own buffer, valid until the caller reuses it.
///
/// After it has thrown, the stream has no further meaning: a decoder isn't used again.
public struct FrameDecoder: Sendable {
    /// What ``next(from:)`` found. Each frame is one header, then one or more pieces of payload, the last marked
    /// `isEnd`. An empty payload is one empty piece. A piece that isn't the last is never empty.
    public enum Event {
        case header(FrameHeader)
        case payload(UnsafeMutableRawBufferPointer, isEnd: Bool)
    }

    private var rules: FrameHeader.Rules
    private var isInPayload = false
    private var partialHeaderCount: UInt8 = 0
    private var key = MaskingKey(rawValue: 0)
    private var partialHeader: (UInt64, UInt64) = (0, 0)
    private var remaining = 0

    /// A decoder for frames that keep to `rules`.
    public init(rules: FrameHeader.Rules) {
        self.rules = rules
    }

    /// Whether nothing of a frame is there, or all of it.
    var isBetweenFrames: Bool { !isInPayload && partialHeaderCount == 0 }

    /// Takes the next event off the front of `input`.
    ///
    /// - Returns: nil once all of `input` is used up and more is needed.
    /// - Throws: ``ProtocolViolation`` at the first byte of a header that breaks a rule; a payload over the limit is
    ///   refused from its header.
    public mutating func next(
        from input: inout UnsafeMutableRawBufferPointer
    ) throws(ProtocolViolation) -> Event? {
        if isInPayload { return nextPiece(from: &input) }
        guard let header = try nextHeader(from: &input) else { return nil }
        isInPayload = true
        remaining = header.payloadLength
        key = header.maskingKey ?? MaskingKey(rawValue: 0)
        return .header(header)
    }

    private mutating func nextPiece(from input: inout UnsafeMutableRawBufferPointer) -> Event? {
        guard remaining == 0 || !input.isEmpty else { return nil }
        let piece = input.consume(min(remaining, input.count))
        Masking.apply(key, to: piece)
        key = key.advanced(by: piece.count)
        remaining -= piece.count
        isInPayload = remaining > 0
        return .payload(piece, isEnd: !isInPayload)
    }

    private mutating func nextHeader(
        from input: inout UnsafeMutableRawBufferPointer
    ) throws(ProtocolViolation) -> FrameHeader? {
        if partialHeaderCount == 0 {
            if let header = try FrameHeader.parse(UnsafeRawBufferPointer(input), rules: rules) {
                _ = input.consume(header.encodedSize)
                return header
            }
        }
        while !input.isEmpty {
            keep(from: &input)
            if let header = try parsePartialHeader() {
                partialHeaderCount = 0
                return header
            }
        }
        return nil
    }

    /// Moves bytes of the header from `input` to the store, never one that is behind it.
    private mutating func keep(from input: inout UnsafeMutableRawBufferPointer) {
        let kept = Int(partialHeaderCount)
        withUnsafeMutableBytes(of: &partialHeader) { store in
            let size = kept < 2 ? 2 : FrameHeader.size(secondByte: store[1])
            let taken = input.consume(min(max(size - kept, 0), input.count))
            UnsafeMutableRawBufferPointer(rebasing: store[kept...]).copyMemory(from: UnsafeRawBufferPointer(taken))
            partialHeaderCount += UInt8(truncatingIfNeeded: taken.count)
        }
    }

    private func parsePartialHeader() throws(ProtocolViolation) -> FrameHeader? {
        var header: FrameHeader?
        var violation: ProtocolViolation?
        withUnsafeBytes(of: partialHeader) { store in
            do throws(ProtocolViolation) {
                let bytes = UnsafeRawBufferPointer(rebasing: store[..<Int(partialHeaderCount)])
                header = try FrameHeader.parse(bytes, rules: rules)
            } catch {
                violation = error
            }
        }
        if let violation { throw violation }
        return header
    }
}
