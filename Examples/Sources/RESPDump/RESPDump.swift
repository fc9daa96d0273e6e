import RESP

/// The dump of one line of chunks.
///
/// The dumps of the values that each chunk completes, then `|`, all parted by spaces; in the end `MORE`, or
/// `ERR:reason` where the decoder stops. A value is dumped as `+hex`, `-hex`, `:number`, `$hex`, `N` for both nulls,
/// or `[v,v]`.
enum RESPDump {
    /// - Parameter line: chunks of bytes, each in hex digits of either case, parted by spaces.
    static func line(ofChunks line: some Collection<UInt8>) -> [UInt8] {
        let line = Array(line)
        var decoder = RESPDecoder()
        var output: [UInt8] = []
        var chunk: [UInt8] = []
        for digits in line.split(separator: UInt8(ascii: " ")) {
            guard decode(hex: digits, into: &chunk) else {
                return output + "ERR:a chunk that isn't pairs of hex digits".utf8
            }
            decoder.append(chunk)
            do throws(RESPDecodingError) {
                while let value = try decoder.next() {
                    append(value, to: &output)
                    output.append(UInt8(ascii: " "))
                }
            } catch {
                return output + "ERR:\(error)".utf8
            }
            output.append(contentsOf: "| ".utf8)
        }
        return output + "MORE".utf8
    }

    // Recursive, which the decoder's depth limit bounds.
    private static func append(_ value: RESPValue, to output: inout [UInt8]) {
        switch value {
        case .simpleString(let bytes): append(UInt8(ascii: "+"), hexOf: bytes, to: &output)
        case .error(let bytes): append(UInt8(ascii: "-"), hexOf: bytes, to: &output)
        case .bulkString(let bytes): append(UInt8(ascii: "$"), hexOf: bytes, to: &output)
        case .integer(let number): output.append(contentsOf: ":\(number)".utf8)
        case .nullBulkString, .nullArray: output.append(UInt8(ascii: "N"))
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        }
    }
}

// MARK: - Hex

extension RESPDump {
    private static let digits = Array("0123456789abcdef".utf8)

    private static func append(_ type: UInt8, hexOf bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.append(type)
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }

    /// Replaces `bytes` by what `hex` spells; `false` when it isn't pairs of hex digits.
    private static func decode(hex: ArraySlice<UInt8>, into bytes: inout [UInt8]) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        guard hex.count.isMultiple(of: 2) else { return false }
        var index = hex.startIndex
        while index < hex.endIndex {
            guard let high = nibble(hex[index]), let low = nibble(hex[index + 1]) else { return false }
            bytes.append(high << 4 | low)
            index += 2
        }
        return true
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
