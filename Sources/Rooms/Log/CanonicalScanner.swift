/// Reads our own JSON from front to back, in the one form in which `JSONWriter` writes it: no white space, whole numbers in
/// their shortest form, strings with no other escapes than are needed (RFC 8259 §7), valid UTF-8. Pure; allocates nothing.
///
/// Whatever differs from that form is refused. So what passes means the same to every parser, and can be passed on as it is.
struct CanonicalScanner {
    /// A string that was read: its content between the quotes.
    struct Text {
        let range: Range<Int>
        /// Whether something in it is written as an escape.
        let hasEscapes: Bool
        /// Whether it is nothing but the ASCII characters from space to tilde.
        let isPrintableASCII: Bool
    }

    let bytes: UnsafeBufferPointer<UInt8>
    /// Of the next byte to be read.
    var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    // MARK: What is expected

    /// Steps over just these bytes. False, and nothing is read, where others stand.
    mutating func skip(_ literal: StaticString) -> Bool {
        guard starts(with: literal, at: position) else { return false }
        position += literal.utf8CodeUnitCount
        return true
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private func starts(with literal: StaticString, at index: Int) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count - index >= count else { return false }
        for offset in 0..<count where bytes[index + offset] != literal.utf8Start[offset] { return false }
        return true
    }

    func holds(_ range: Range<Int>, _ literal: StaticString) -> Bool {
        range.count == literal.utf8CodeUnitCount && starts(with: literal, at: range.lowerBound)
    }

    // MARK: Numbers

    /// A whole number of 64 bits, without zeros in front.
    mutating func integer() -> Int? {
        let isNegative = skip(UInt8(ascii: "-"))
        let start = position
        // Counted downwards: there is one more number below zero than above.
        var value = 0
        while let digit = next.map({ $0 &- 0x30 }), digit < 10 {
            let (tenfold, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = tenfold.subtractingReportingOverflow(Int(digit))
            if overflows || overflowsToo { return nil }
            value = sum
            position += 1
        }
        let count = position - start
        guard count > 0, bytes[start] != UInt8(ascii: "0") || count == 1 && !isNegative else { return nil }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    // MARK: Strings

    /// A string in quotes.
    mutating func text() -> Text? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        let start = position
        var (hasEscapes, isASCII) = (false, true)
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return Text(
                    range: start..<(position - 1), hasEscapes: hasEscapes, isPrintableASCII: isASCII && !hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                guard skipEscape() else { return nil }
            } else if byte < 0x20 {
                return nil
            } else if byte < 0x80 {
                if byte == 0x7F { isASCII = false }
                position += 1
            } else {
                isASCII = false
                guard skipCharacter() else { return nil }
            }
        }
        return nil
    }

    /// An escape as `JSONWriter` makes it: short ones where it has them, `\u00` and two lower-case digits for the rest.
    private mutating func skipEscape() -> Bool {
        guard bytes.count - position >= 2 else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        default:
            guard starts(with: "\\u00", at: position), bytes.count - position >= 6,
                let value = Self.controlCharacter(bytes[position + 4], bytes[position + 5]),
                value != 0x0A, value != 0x0D, value != 0x09
            else { return false }
            position += 6
            return true
        }
    }

    private static func controlCharacter(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard high == UInt8(ascii: "0") || high == UInt8(ascii: "1") else { return nil }
        let upper = (high - UInt8(ascii: "0")) << 4
        switch low {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return upper | (low - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return upper | (low - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }

    /// A character beyond ASCII in well-formed UTF-8: The Unicode Standard, table 3-7.
    private mutating func skipCharacter() -> Bool {
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[position] {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: count = 4
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard bytes.count - position >= count, second.contains(bytes[position + 1]) else { return false }
        for offset in 2..<max(2, count) where bytes[position + offset] & 0xC0 != 0x80 { return false }
        position += count
        return true
    }

    // MARK: What was read

    /// The text itself.
    func string(_ text: Text) -> String {
        let content = UnsafeBufferPointer(rebasing: bytes[text.range])
        guard text.hasEscapes else { return String(decoding: content, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: content.count) { output in unescape(text.range, to: output) }
    }

    /// How many bytes of UTF-8 the text itself has.
    func byteCount(_ text: Text) -> Int {
        text.hasEscapes ? unescape(text.range, to: UnsafeMutableBufferPointer(start: nil, count: 0)) : text.range.count
    }

    /// Writes as much of the text as there is room for.
    /// - Returns: how many bytes all of it has.
    @discardableResult
    private func unescape(_ range: Range<Int>, to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var (index, count) = (range.lowerBound, 0)
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\\") {
                byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "n"): byte = 0x0A
                case UInt8(ascii: "r"): byte = 0x0D
                case UInt8(ascii: "t"): byte = 0x09
                case UInt8(ascii: "u"):
                    byte = Self.controlCharacter(bytes[index + 2], bytes[index + 3]) ?? 0
                    index += 4
                default: break
                }
            }
            if count < output.count { output[count] = byte }
            count += 1
        }
        return count
    }

    /// A string of 1–64 of `[A-Za-z0-9_-]`.
    mutating func identifier() -> Range<Int>? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while let byte = next, MessageID.isAllowed(byte) { position += 1 }
        let range = start..<position
        return (1...64).contains(range.count) && skip(UInt8(ascii: "\"")) ? range : nil
    }

    /// The path of a drawn face: `/avatars/`, an identifier and `.svg`.
    mutating func avatarPath() -> Range<Int>? {
        let start = position + 1
        guard skip("\"/avatars/") else { return nil }
        let name = position
        while let byte = next, MessageID.isAllowed(byte) { position += 1 }
        guard (1...64).contains(position - name), skip(".svg\"") else { return nil }
        return start..<(position - 1)
    }
}
