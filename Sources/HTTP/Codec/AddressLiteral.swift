/// Hosts that spell an IP address instead of a name. Nobody's DNS answers for them.
enum AddressLiteral {
    /// Whether `host` is one: an IPv6 address in brackets (RFC 4291 §2.2), or what browsers take for an IPv4 address.
    ///
    /// - Parameter host: in lower case, as in ``HTTPAuthority/host``.
    static func isSpelled(by host: some StringProtocol) -> Bool {
        let bytes = Array(host.utf8)
        guard bytes.first == UInt8(ascii: "[") else { return isIPv4(bytes) }
        return bytes.last == UInt8(ascii: "]") && isIPv6(bytes.dropFirst().dropLast())
    }

    // MARK: IPv4

    /// The IPv4 parser of the URL Standard: one to four numbers, decimal, octal (`0177`) or hexadecimal (`0x7f`), of which
    /// the last fills all bytes that are left (`127.1`); a dot may follow.
    private static func isIPv4(_ bytes: [UInt8]) -> Bool {
        var parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count <= 4 else { return false }
        let numbers = parts.compactMap(number)
        guard numbers.count == parts.count, let last = numbers.last else { return false }
        return numbers.dropLast().allSatisfy { $0 <= 255 } && last < 1 << UInt64(8 * (5 - numbers.count))
    }

    private static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
        var digits = text
        var radix: UInt64 = 10
        if digits.starts(with: "0x".utf8) {
            (digits, radix) = (digits.dropFirst(2), 16)
            // The URL Standard takes a bare `0x` for zero.
            if digits.isEmpty { return 0 }
        } else if digits.count > 1, digits.first == UInt8(ascii: "0") {
            (digits, radix) = (digits.dropFirst(), 8)
        }
        guard !digits.isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in digits {
            guard let digit = hexadecimalDigit(byte), digit < radix else { return nil }
            number = number * radix + digit
            // More than any address has; kept from overflowing.
            guard number <= 0xFFFF_FFFF else { return nil }
        }
        return number
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x57)
        default: nil
        }
    }

    // MARK: IPv6

    /// Eight groups of one to four hexadecimal digits, the last two perhaps as an IPv4 address; `::` once for at least one
    /// group of zeros.
    private static func isIPv6(_ text: ArraySlice<UInt8>) -> Bool {
        let halves = split(text)
        guard let first = groupCount(of: halves.0, mayEndInIPv4: halves.1 == nil) else { return false }
        guard let second = halves.1 else { return first == 8 }
        guard let more = groupCount(of: second, mayEndInIPv4: true) else { return false }
        return first + more <= 7
    }

    /// What stands before and after the first `::`; nil after where there is none.
    private static func split(_ text: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
        let colon = UInt8(ascii: ":")
        for index in text.indices.dropLast() where text[index] == colon && text[index + 1] == colon {
            return (text[..<index], text[(index + 2)...])
        }
        return (text, nil)
    }

    /// How many groups there are between single colons; nil where one is none.
    private static func groupCount(of text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> Int? {
        if text.isEmpty { return 0 }
        var groups = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var count = 0
        if mayEndInIPv4, let last = groups.last, last.contains(UInt8(ascii: ".")) {
            guard isDottedQuad(last) else { return nil }
            groups.removeLast()
            count = 2
        }
        guard groups.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy { hexadecimalDigit($0) != nil } }) else {
            return nil
        }
        return count + groups.count
    }

    private static func isDottedQuad(_ text: ArraySlice<UInt8>) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { $0.count <= 3 && HTTPSyntax.number($0, limit: 255) != nil }
    }
}
