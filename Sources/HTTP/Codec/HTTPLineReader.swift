/// Cuts the lines of a head out of a stream, looking at each byte once: RFC 9112 §2.
///
/// A line ends with CRLF; CR or LF alone and all other control characters but the tab are refused where they stand.
struct HTTPLineReader: Sendable {
    private let limits: HTTPLimits
    private var line: [UInt8] = []
    private var headSize = 0
    private var isAfterCarriageReturn = false

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Whether a line has begun and isn't complete.
    var isWithinLine: Bool { isAfterCarriageReturn || !line.isEmpty }

    /// Takes the next line off the front of `input`.
    ///
    /// - Parameter tooLong: what to throw for a line over the limit.
    /// - Returns: the line without its CRLF; nil once `input` is used up.
    mutating func next(
        from input: inout UnsafeMutableRawBufferPointer,
        tooLong: HTTPError
    ) throws(HTTPError) -> [UInt8]? {
        for (index, byte) in input.enumerated() {
            guard headSize < limits.head else { throw .headTooLarge }
            headSize += 1
            if isAfterCarriageReturn {
                guard byte == UInt8(ascii: "\n") else { throw .forbiddenCharacter }
                isAfterCarriageReturn = false
                _ = input.consume(index + 1)
                defer { line.removeAll(keepingCapacity: true) }
                return line
            }
            if byte == UInt8(ascii: "\r") {
                isAfterCarriageReturn = true
            } else {
                guard HTTPSyntax.isFieldCharacter(byte) else { throw .forbiddenCharacter }
                guard line.count < limits.line else { throw tooLong }
                line.append(byte)
            }
        }
        input.consumeAll()
        return nil
    }
}
