/// One RESP2 value: a reply, or an element of one.
///
/// The bytes of strings and errors are slices of the decoder's receive buffer, so decoding copies nothing. A slice
/// keeps the whole buffer it came from alive: copy (`Array(slice)`) what is kept for long.
///
/// Source: <https://redis.io/docs/latest/develop/reference/protocol-spec/>
public enum RESPValue: Sendable, Hashable {
    /// `+`: a line of text without CR and LF.
    case simpleString(ArraySlice<UInt8>)
    /// `-`: a line of text without CR and LF; its first word is a code such as `ERR` or `WRONGTYPE`.
    case error(ArraySlice<UInt8>)
    /// `:`: a signed 64-bit number.
    case integer(Int64)
    /// `$`: any bytes, possibly none.
    case bulkString(ArraySlice<UInt8>)
    /// `*`: values of any kinds, possibly none.
    case array([RESPValue])
    /// `$-1`: the answer for a string that doesn't exist.
    case nullBulkString
    /// `*-1`: the answer for an array that doesn't exist, such as that of an EXEC whose WATCH failed.
    case nullArray
}

extension RESPValue {
    /// Whether this is one of RESP2's two nulls.
    public var isNull: Bool {
        switch self {
        case .nullBulkString, .nullArray: true
        default: false
        }
    }

    /// The bytes of a simple or bulk string; `nil` for every other kind.
    public var bytes: ArraySlice<UInt8>? {
        switch self {
        case .simpleString(let bytes), .bulkString(let bytes): bytes
        default: nil
        }
    }

    /// The text of a simple or bulk string, with U+FFFD for whatever isn't UTF-8; `nil` for every other kind.
    public var string: String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of an error, its code included, with U+FFFD for whatever isn't UTF-8; `nil` for every other kind.
    public var errorMessage: String? {
        guard case .error(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number of an integer, or of a string that spells one: INCR answers the first, GET the second.
    ///
    /// `nil` for every other kind and for numbers outside of `Int64`.
    public var int64: Int64? {
        if case .integer(let number) = self { return number }
        return string.flatMap { Int64($0) }
    }

    /// The elements of an array; `nil` for every other kind, the null array included.
    public var elements: [RESPValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}

extension RESPValue: CustomStringConvertible {
    private static let describedCharacters = 256

    /// The value for logs, on one line and of at most 257 characters: `+"OK"`, `-"ERR no"`, `7`, `"text"`, `[1, nil]`.
    public var description: String {
        var text = ""
        describe(into: &text)
        guard text.count > Self.describedCharacters else { return text }
        return text.prefix(Self.describedCharacters) + "…"
    }

    // Every level writes a bracket before it descends, so the bound on the text bounds the recursion too.
    private func describe(into text: inout String) {
        switch self {
        case .simpleString(let bytes): text += "+" + Self.quoted(bytes)
        case .error(let bytes): text += "-" + Self.quoted(bytes)
        case .integer(let number): text += String(number)
        case .bulkString(let bytes): text += Self.quoted(bytes)
        case .nullBulkString, .nullArray: text += "nil"
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += ", " }
                guard text.unicodeScalars.count <= 2 * Self.describedCharacters else { break }
                element.describe(into: &text)
            }
            text += "]"
        }
    }

    private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(describedCharacters), as: UTF8.self).debugDescription
    }
}
