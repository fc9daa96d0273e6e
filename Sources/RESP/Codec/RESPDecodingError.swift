/// Why a byte stream is not RESP2, or exceeds the decoder's limits.
///
/// Each is thrown at the first byte that makes the stream invalid, however the stream was cut into chunks.
public enum RESPDecodingError: Error, Hashable, Sendable {
    /// A value starts with a byte that is none of `+ - : $ *`.
    case unknownType(UInt8)
    /// A simple string or an error holds a CR without LF, or an LF without CR.
    case strayLineBreak
    /// A simple string or an error is longer than the limit, in bytes.
    case lineTooLong(limit: Int)
    /// The number after `:` isn't written the one way there is: no `+`, no leading zero, no `-0`, digits only.
    case malformedInteger
    /// The number after `:` doesn't fit into a signed 64-bit integer.
    case integerOutOfRange
    /// The number after `$` or `*` isn't written the one way there is, or is negative and not -1.
    case malformedLength
    /// A bulk string is declared longer than the limit, in bytes.
    case bulkStringTooLong(limit: Int)
    /// The arrays of one reply are declared to hold more elements, all in all, than the limit.
    case tooManyElements(limit: Int)
    /// Arrays are nested deeper than the limit.
    case tooDeep(limit: Int)
    /// A number or a bulk string isn't followed by CRLF.
    case missingTerminator
}

extension RESPDecodingError: CustomStringConvertible {
    /// The reason in words, on one line.
    public var description: String {
        switch self {
        case .unknownType(let byte): "no RESP2 value starts with the byte 0x" + String(byte, radix: 16)
        case .strayLineBreak: "a CR or LF inside a line"
        case .lineTooLong(let limit): "a line of more than \(limit) bytes"
        case .malformedInteger: "a malformed integer"
        case .integerOutOfRange: "an integer that doesn't fit into 64 bits"
        case .malformedLength: "a malformed length"
        case .bulkStringTooLong(let limit): "a bulk string of more than \(limit) bytes"
        case .tooManyElements(let limit): "more than \(limit) elements in one reply"
        case .tooDeep(let limit): "arrays nested more than \(limit) deep"
        case .missingTerminator: "CRLF is missing"
        }
    }
}
