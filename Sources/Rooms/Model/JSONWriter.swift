/// Writes JSON by appending: for what is said often, and where the field order matters.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes that are expected.
    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// JSON that was made elsewhere.
    package mutating func raw(_ json: some Collection<UInt8>) { bytes.append(contentsOf: json) }

    package mutating func number(_ number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// A string in quotes. RFC 8259 §7: quote, backslash and control characters are escaped.
    package mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Most texts have nothing to be escaped, and are copied in one go.
            var (start, index) = (0, 0)
            while index < utf8.count {
                if Self.mustEscape(utf8[index]) {
                    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                    escape(utf8[index])
                    start = index + 1
                }
                index += 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        default:
            raw("\\u00")
            for digit in [byte >> 4, byte & 15] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }

    /// Items between commas.
    package mutating func list<Item>(_ items: some Sequence<Item>, _ write: (inout JSONWriter, Item) -> Void) {
        var isFirst = true
        for item in items {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, item)
        }
    }
}
