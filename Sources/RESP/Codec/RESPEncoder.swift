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
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { output.append(contentsOf: $0) }
        if isContiguous == nil { output.append(contentsOf: bytes) }
        appendLineEnd(to: &output)
    }

    /// Appends a number as the bulk string that spells it, which is how commands carry numbers.
    public static func appendBulkString(_ number: Int64, to output: inout [UInt8]) {
        var (digits, rest) = (1, number.magnitude)
        while rest >= 10 { (digits, rest) = (digits + 1, rest / 10) }
        appendNumber(UInt8(ascii: "$"), Int64(digits + (number < 0 ? 1 : 0)), to: &output)
        appendNumber(nil, number, to: &output)
    }

    private static func appendLine(_ type: UInt8, _ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.append(type)
        for byte in bytes {
            let endsLine = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
            output.append(endsLine ? UInt8(ascii: " ") : byte)
        }
        appendLineEnd(to: &output)
    }

    /// Appends `type`, the number in digits, and CRLF.
    private static func appendNumber(_ type: UInt8?, _ number: Int64, to output: inout [UInt8]) {
        guard 0 <= number, number < 100_000 else {
            if let type { output.append(type) }
            if number < 0 { output.append(UInt8(ascii: "-")) }
            appendDigits(of: number.magnitude, to: &output)
            return appendLineEnd(to: &output)
        }
        // Put together from its end, the first byte being the lowest.
        var (line, byteCount, rest) = (UInt64(lineEnd), 2, UInt64(number))
        repeat {
            line = line << 8 | UInt64(UInt8(ascii: "0")) + rest % 10
            byteCount += 1
            rest /= 10
        } while rest > 0
        if let type {
            line = line << 8 | UInt64(type)
            byteCount += 1
        }
        append(line, byteCount: byteCount, to: &output)
    }

    private static func appendDigits(of number: UInt64, to output: inout [UInt8]) {
        let (tens, ones) = number.quotientAndRemainder(dividingBy: 10)
        // 20 deep at most.
        if tens > 0 { appendDigits(of: tens, to: &output) }
        output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: ones))
    }

    /// CR, and LF behind it, as the low bytes of a word.
    private static var lineEnd: UInt16 { UInt16(UInt8(ascii: "\n")) << 8 | UInt16(UInt8(ascii: "\r")) }

    private static func appendLineEnd(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\r"))
        output.append(UInt8(ascii: "\n"))
    }

    /// Appends the lowest bytes of `word` at once, which from four bytes on is cheaper than one by one.
    @inline(__always)
    private static func append(_ word: UInt64, byteCount: Int, to output: inout [UInt8]) {
        // Rebound, since appending a buffer of UInt8 costs half of what appending raw bytes does.
        withUnsafeBytes(of: word.littleEndian) {
            $0.withMemoryRebound(to: UInt8.self) {
                output.append(contentsOf: UnsafeBufferPointer(start: $0.baseAddress, count: byteCount))
            }
        }
    }
}
