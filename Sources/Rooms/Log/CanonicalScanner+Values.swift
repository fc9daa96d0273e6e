/// What a later version of this server may have added: it is not understood, and passed on as it is.
///
/// It is JSON in our form, bounded, and no object in it has a key twice, so it too means the same to every parser.
extension CanonicalScanner {
    /// Bytes of what may be added to a message.
    static let messageAdditions = 4_096
    /// The same of a member: all members of a room are told at once.
    static let memberAdditions = 512
    /// Bytes of a whole event of a kind that isn't known.
    static let laterData = 16_384
    /// Fields of one object, and how deep objects and lists may be nested.
    static let maximumFields = 32
    static let maximumDepth = 8
    private static let longestNumber = 40

    /// Further fields, each with a comma in front, up to the end of the object or a field that is known.
    /// - Parameters:
    ///   - known: the fields of this version. None of them may be among the further ones; at one of them they end.
    ///   - limit: the most bytes they may have together.
    /// - Returns: where they stand, which may be nowhere; nil for what can't be passed on.
    mutating func furtherFields(notIn known: [StaticString], limit: Int) -> Range<Int>? {
        let start = position
        guard next == UInt8(ascii: ",") else { return start..<start }
        var keys: [Range<Int>] = []
        while true {
            let comma = position
            guard skip(UInt8(ascii: ",")) else { break }
            guard let key = plainKey() else { return nil }
            if known.contains(where: { holds(key, $0) }) {
                position = comma
                break
            }
            guard take(key, into: &keys), value(depth: 1), position - start <= limit else { return nil }
        }
        return start..<position
    }

    /// Any value of so many bytes at most.
    mutating func boundedValue(limit: Int) -> Bool {
        let start = position
        return value(depth: 0) && position - start <= limit
    }

    /// A name of 1–64 of `[A-Za-z0-9_]` that begins with a letter, so that nothing that JavaScript's objects have is among
    /// them.
    private mutating func plainKey() -> Range<Int>? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while let byte = next, MessageID.isAllowed(byte), byte != UInt8(ascii: "-") { position += 1 }
        let key = start..<position
        guard (1...64).contains(key.count), bytes[start] >= UInt8(ascii: "A"), bytes[start] != UInt8(ascii: "_"),
            skip("\":")
        else { return nil }
        return key
    }

    private func take(_ key: Range<Int>, into keys: inout [Range<Int>]) -> Bool {
        let name = bytes[key]
        guard keys.count < Self.maximumFields, !keys.contains(where: { bytes[$0].elementsEqual(name) }) else {
            return false
        }
        keys.append(key)
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        switch next {
        case UInt8(ascii: "{"): object(depth: depth + 1)
        case UInt8(ascii: "["): list(depth: depth + 1)
        case UInt8(ascii: "\""): text() != nil
        case UInt8(ascii: "t"): skip("true")
        case UInt8(ascii: "f"): skip("false")
        case UInt8(ascii: "n"): skip("null")
        default: number()
        }
    }

    private mutating func object(depth: Int) -> Bool {
        guard depth <= Self.maximumDepth, skip(UInt8(ascii: "{")) else { return false }
        if skip(UInt8(ascii: "}")) { return true }
        var keys: [Range<Int>] = []
        repeat {
            guard let key = plainKey(), take(key, into: &keys), value(depth: depth) else { return false }
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "}"))
    }

    private mutating func list(depth: Int) -> Bool {
        guard depth <= Self.maximumDepth, skip(UInt8(ascii: "[")) else { return false }
        if skip(UInt8(ascii: "]")) { return true }
        repeat {
            guard value(depth: depth) else { return false }
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "]"))
    }

    /// RFC 8259 §6, of any size that fits into some bytes.
    private mutating func number() -> Bool {
        let start = position
        _ = skip(UInt8(ascii: "-"))
        let isZero = next == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        if skip(UInt8(ascii: ".")), digits() == 0 { return false }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "-")) { _ = skip(UInt8(ascii: "+")) }
            if digits() == 0 { return false }
        }
        return position - start <= Self.longestNumber
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, byte &- 0x30 < 10 { position += 1 }
        return position - start
    }
}
