/// Writes RESP2 by appending to a byte array.
public enum RESPEncoder {
    /// Appends `value` in any of its kinds.
    ///
    /// CR and LF inside a simple string or an error are written as spaces, as Redis does: no content can forge a reply.
    public static func append(_ value: RESPValue, to output: inout [UInt8]) {
        switch value {
        case .simpleString(let bytes): appendLine(UInt8(ascii: "+"), bytes, to: &output)
        case .error(let bytes): appendLine(UInt8(ascii: "-"), bytes, to: &output)
        case .integer(let number): appendNumber(UInt8(ascii: ":"), number, to: &output)
        case .bulkString(let bytes): appendBulkString(bytes, to: &output)
        case .nullBulkString: appendNumber(UInt8(ascii: "$"), -1, to: &output)
        case .nullArray: appendNumber(UInt8(ascii: "*"), -1, to: &output)
        case .array(let elements):
            appendArrayHeader(count: elements.count, to: &output)
            // Recursive, like comparing and releasing the value: it is the caller's own, not a peer's.
            for element in elements { append(element, to: &output) }
        }
    }

    /// Appends a command: an array of bulk strings, the first of which is its name.
    public static func appendCommand<Argument: Collection<UInt8>>(
        _ arguments: some Collection<Argument>, to output: inout [UInt8]
    ) {
        appendArrayHeader(count: arguments.count, to: &output)
        for argument in arguments { appendBulkString(argument, to: &output) }
    }

    /// Appends a command whose arguments are all text: an array of bulk strings, the first of which is its name.
    public static func appendCommand(_ arguments: String..., to output: inout [UInt8]) {
        appendArrayHeader(count: arguments.count, to: &output)
        for argument in arguments { appendBulkString(argument.utf8, to: &output) }
    }

    /// Appends the header of an array; `count` values must follow.
    public static func appendArrayHeader(count: Int, to output: inout [UInt8]) {
        appendNumber(UInt8(ascii: "*"), Int64(count), to: &output)
    }

    /// Appends a bulk string of any bytes.
    public static func appendBulkString(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        appendNumber(UInt8(ascii: "$"), Int64(bytes.count), to: &output)
        output.append(contentsOf: bytes)
        appendLineEnd(to: &output)
    }

    private static func appendLine(_ type: UInt8, _ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.append(type)
        for byte in bytes {
            let endsLine = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
            output.append(endsLine ? UInt8(ascii: " ") : byte)
        }
        appendLineEnd(to: &output)
    }

    private static func appendNumber(_ type: UInt8, _ number: Int64, to output: inout [UInt8]) {
        output.append(type)
        if number < 0 { output.append(UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        var divisor: UInt64 = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(magnitude / divisor % 10))
            divisor /= 10
        }
        appendLineEnd(to: &output)
    }

    private static func appendLineEnd(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\r"))
        output.append(UInt8(ascii: "\n"))
    }
}
