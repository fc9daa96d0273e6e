/// One line of RESP, or one bulk string: what can be judged without knowing what surrounds it.
struct RESPToken {
    enum Kind {
        case simpleString(Range<Int>)
        case error(Range<Int>)
        case integer(Int64)
        case bulkString(Range<Int>)
        case arrayHeader(count: Int)
        case nullBulkString
        case nullArray
        /// More bytes are needed. The first `clean` bytes of the token needn't be looked at again.
        case incomplete(clean: Int)
    }

    /// What this token must not exceed.
    struct Bounds {
        let limits: RESPDecoder.Limits
        /// How many more elements the reply may declare.
        let elements: Int
        /// Whether an array here would be nested too deeply.
        let refusesArrays: Bool
    }

    let kind: Kind
    /// The index behind the token's last byte; of no meaning while it is incomplete.
    let end: Int

    private static let incomplete = RESPToken(kind: .incomplete(clean: 0), end: 0)
}

extension RESPToken {
    /// The token that starts at `start`, of which `clean` bytes were found without fault before.
    @inline(__always)
    static func scan(
        _ bytes: borrowing Span<UInt8>, from start: Int, clean: Int, within bounds: Bounds
    ) throws(RESPDecodingError) -> RESPToken {
        guard start < bytes.count else { return incomplete }
        let type = bytes[start]
        switch type {
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            return try scanLine(bytes, from: start, clean: clean, limit: bounds.limits.lineLength, type: type)
        case UInt8(ascii: "$"):
            return try scanBulkString(bytes, from: start, limit: bounds.limits.bulkLength)
        case UInt8(ascii: ":"):
            return try scanInteger(bytes, from: start)
        case UInt8(ascii: "*"):
            return try scanArrayHeader(bytes, from: start, within: bounds)
        default:
            throw .unknownType(type)
        }
    }

    @inline(__always)
    private static func scanLine(
        _ bytes: borrowing Span<UInt8>, from start: Int, clean: Int, limit: Int, type: UInt8
    ) throws(RESPDecodingError) -> RESPToken {
        let body = start + 1
        var index = max(body, start + clean)
        while index < bytes.count {
            let byte = bytes[index]
            if byte == carriageReturn {
                guard index + 1 < bytes.count else { break }
                guard bytes[index + 1] == lineFeed else { throw .strayLineBreak }
                let range = Range(uncheckedBounds: (body, index))
                let isError = type == UInt8(ascii: "-")
                return RESPToken(kind: isError ? .error(range) : .simpleString(range), end: index + 2)
            }
            guard byte != lineFeed else { throw .strayLineBreak }
            guard index - body < limit else { throw .lineTooLong(limit: limit) }
            index += 1
        }
        return RESPToken(kind: .incomplete(clean: index - start), end: index)
    }

    @inline(__always)
    private static func scanBulkString(
        _ bytes: borrowing Span<UInt8>, from start: Int, limit: Int
    ) throws(RESPDecodingError) -> RESPToken {
        let tooLong = RESPDecodingError.bulkStringTooLong(limit: limit)
        switch try scanLength(bytes, from: start, limit: limit, orThrow: tooLong) {
        case .incomplete:
            return incomplete
        case .null(let end):
            return RESPToken(kind: .nullBulkString, end: end)
        case .length(let length, let body):
            // Compared by subtraction: `body + length` could overflow.
            guard length < bytes.count - body else { return incomplete }
            let end = body + length
            guard try hasTerminator(bytes, at: end) else { return incomplete }
            return RESPToken(kind: .bulkString(Range(uncheckedBounds: (body, end))), end: end + 2)
        }
    }

    @inline(__always)
    private static func scanArrayHeader(
        _ bytes: borrowing Span<UInt8>, from start: Int, within bounds: Bounds
    ) throws(RESPDecodingError) -> RESPToken {
        let limits = bounds.limits
        // A null nests nothing, so depth is judged only when a digit shows that it is none.
        let refusal: RESPDecodingError =
            bounds.refusesArrays ? .tooDeep(limit: limits.depth) : .tooManyElements(limit: limits.elementCount)
        let limit = bounds.refusesArrays ? -1 : bounds.elements
        switch try scanLength(bytes, from: start, limit: limit, orThrow: refusal) {
        case .incomplete: return incomplete
        case .null(let end): return RESPToken(kind: .nullArray, end: end)
        case .length(let count, let end): return RESPToken(kind: .arrayHeader(count: count), end: end)
        }
    }
}

// MARK: - Numbers

// An unfinished number is scanned again from its start with the next chunk: it has at most 20 bytes.
extension RESPToken {
    private enum Length {
        case incomplete
        case null(end: Int)
        case length(Int, end: Int)
    }

    /// The length that follows the type byte at `start`: `0`, digits without a leading zero, or `-1`.
    @inline(__always)
    private static func scanLength(
        _ bytes: borrowing Span<UInt8>, from start: Int, limit: Int, orThrow tooLarge: RESPDecodingError
    ) throws(RESPDecodingError) -> Length {
        let first = start + 1
        var index = first
        var length = 0
        while index < bytes.count, let digit = digit(bytes[index]) {
            guard length != 0 || index == first else { throw .malformedLength }
            let (tens, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(digit))
            guard !overflow, !overflows, sum <= limit else { throw tooLarge }
            length = sum
            index += 1
        }
        guard index < bytes.count else { return .incomplete }
        guard index == first else {
            guard bytes[index] == carriageReturn else { throw .malformedLength }
            return try hasTerminator(bytes, at: index) ? .length(length, end: index + 2) : .incomplete
        }
        return try scanNull(bytes, from: first)
    }

    private static func scanNull(
        _ bytes: borrowing Span<UInt8>, from first: Int
    ) throws(RESPDecodingError) -> Length {
        guard bytes[first] == UInt8(ascii: "-") else { throw .malformedLength }
        guard first + 1 < bytes.count else { return .incomplete }
        guard bytes[first + 1] == UInt8(ascii: "1") else { throw .malformedLength }
        guard first + 2 < bytes.count else { return .incomplete }
        guard bytes[first + 2] == carriageReturn else { throw .malformedLength }
        return try hasTerminator(bytes, at: first + 2) ? .null(end: first + 4) : .incomplete
    }

    @inline(__always)
    private static func scanInteger(
        _ bytes: borrowing Span<UInt8>, from start: Int
    ) throws(RESPDecodingError) -> RESPToken {
        var first = start + 1
        guard first < bytes.count else { return incomplete }
        let isNegative = bytes[first] == UInt8(ascii: "-")
        if isNegative { first += 1 }

        var index = first
        var number: Int64 = 0
        while index < bytes.count, let digit = digit(bytes[index]) {
            let isLeadingZero = number == 0 && (index > first || (isNegative && digit == 0))
            guard !isLeadingZero else { throw .malformedInteger }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            // Negative numbers are summed up downwards, because Int64.min has no positive counterpart.
            let (sum, overflows) =
                isNegative
                ? tens.subtractingReportingOverflow(Int64(digit)) : tens.addingReportingOverflow(Int64(digit))
            guard !overflow, !overflows else { throw .integerOutOfRange }
            number = sum
            index += 1
        }
        guard index < bytes.count else { return incomplete }
        guard index > first, bytes[index] == carriageReturn else { throw .malformedInteger }
        return try hasTerminator(bytes, at: index) ? RESPToken(kind: .integer(number), end: index + 2) : incomplete
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        return digit <= 9 ? digit : nil
    }

    /// Whether CRLF stands at `index`; `false` while its bytes haven't come.
    @inline(__always)
    private static func hasTerminator(_ bytes: borrowing Span<UInt8>, at index: Int) throws(RESPDecodingError) -> Bool {
        guard index < bytes.count else { return false }
        guard bytes[index] == carriageReturn else { throw .missingTerminator }
        guard index + 1 < bytes.count else { return false }
        guard bytes[index + 1] == lineFeed else { throw .missingTerminator }
        return true
    }

    private static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    private static var lineFeed: UInt8 { UInt8(ascii: "\n") }
}
