/// What a value that was read means.
extension JSONReader {
    // MARK: Strings

    /// The text itself.
    func string(_ text: Text) -> String {
        let content = UnsafeBufferPointer(rebasing: bytes[text.range])
        guard text.hasEscapes else { return String(decoding: content, as: UTF8.self) }
        // No escape is shorter than what it stands for.
        return String(unsafeUninitializedCapacity: content.count) { output in
            var count = 0
            unescape(text) { byte in
                output[count] = byte
                count += 1
                return true
            }
            return count
        }
    }

    /// Whether the text is this one, however it is written.
    func matches(_ text: Text, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard text.hasEscapes else {
            return text.range.count == length && starts(with: word, at: text.range.lowerBound)
        }
        var count = 0
        unescape(text) { byte in
            guard count < length, word.utf8Start[count] == byte else {
                count = .max
                return false
            }
            count += 1
            return true
        }
        return count == length
    }

    /// Hands out the text's bytes until `take` wants no more.
    private func unescape(_ text: Text, _ take: (UInt8) -> Bool) {
        var index = text.range.lowerBound
        while index < text.range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\"), let escape = escape(at: index) else {
                guard take(bytes[index]) else { return }
                index += 1
                continue
            }
            for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter where !take(byte) { return }
            index += escape.count
        }
    }

    /// RFC 8259 §7. A surrogate alone is no character.
    func escape(at index: Int) -> (scalar: Unicode.Scalar, count: Int)? {
        guard bytes.count - index >= 2 else { return nil }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""): return ("\"", 2)
        case UInt8(ascii: "\\"): return ("\\", 2)
        case UInt8(ascii: "/"): return ("/", 2)
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        default: break
        }
        guard let first = unit(at: index) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard first < 0xDC00, let second = unit(at: index + 6), (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { return nil }
        return (scalar, 12)
    }

    /// The UTF-16 unit of an escape `\uXXXX`.
    private func unit(at index: Int) -> UInt32? {
        guard bytes.count - index >= 6, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for byte in bytes[(index + 2)..<(index + 6)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    // MARK: Numbers

    /// The number, if it is a whole one of 64 bits: `7`, and as well `7.0` and `70e-1`.
    func integer(_ number: Range<Int>) -> Int? {
        var digits = bytes[number]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let mantissa = digits.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
        // How many digits stand before the point once the exponent has moved it.
        let places = whole.count + exponent(digits.dropFirst(mantissa.count + 1))
        var value = 0
        var place = 0
        for byte in mantissa where byte != UInt8(ascii: ".") {
            if place < places {
                guard let next = Self.append(byte - UInt8(ascii: "0"), to: value) else { return nil }
                value = next
            } else if byte != UInt8(ascii: "0") {
                return nil
            }
            place += 1
        }
        while value != 0, place < places {
            guard let next = Self.append(0, to: value) else { return nil }
            value = next
            place += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// Downwards: there is one more number below zero than above.
    private static func append(_ digit: UInt8, to value: Int) -> Int? {
        let (tenfold, overflows) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflowsToo) = tenfold.subtractingReportingOverflow(Int(digit))
        return overflows || overflowsToo ? nil : sum
    }

    /// Of any length: one that is beyond all digits of a message is as good as a larger one.
    private func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var exponent = 0
        for byte in text where byte &- 0x30 < 10 { exponent = min(1_000_000_000, exponent * 10 + Int(byte - 0x30)) }
        return text.first == UInt8(ascii: "-") ? -exponent : exponent
    }
}
