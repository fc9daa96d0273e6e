/// Reads JSON that others have written, from front to back, by the letter of RFC 8259. Pure; what is read stays where it is
/// until it is asked for.
struct JSONReader {
    struct Text {
        /// The content between the quotes.
        let range: Range<Int>
        let hasEscapes: Bool
    }

    enum Value {
        case null
        case bool
        /// As it is written.
        case number(Range<Int>)
        case text(Text)
        case list
        case object
    }

    /// How deep lists and objects may be nested.
    static let maximumDepth = 512

    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// - Parameter utf8: valid UTF-8.
    init(utf8 bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: Structure

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    /// Whether an object comes next, which then is to be read by `fields`.
    mutating func isAtObject() -> Bool {
        skipSpace()
        return next == UInt8(ascii: "{")
    }

    /// Reads an object; `take` reads each field's value, by its key.
    /// - Returns: false where it is none.
    mutating func fields(_ take: (inout JSONReader, _ key: Text) -> Bool) -> Bool {
        guard skip(UInt8(ascii: "{")) else { return false }
        if skip(UInt8(ascii: "}")) { return true }
        repeat {
            guard let key = key(), take(&self, key) else { return false }
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "}"))
    }

    /// Reads any value; of a list or an object only that it is one.
    mutating func value() -> Value? {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return skipNested() ? .object : nil
        case UInt8(ascii: "["): return skipNested() ? .list : nil
        default: return scalar()
        }
    }

    private mutating func scalar() -> Value? {
        switch next {
        case UInt8(ascii: "\""): text().map { .text($0) }
        case UInt8(ascii: "n"): skip("null") ? .null : nil
        case UInt8(ascii: "t"): skip("true") ? .bool : nil
        case UInt8(ascii: "f"): skip("false") ? .bool : nil
        default: number().map { .number($0) }
        }
    }

    /// Steps over a list or an object. It doesn't call itself: a thread's stack may be small.
    private mutating func skipNested() -> Bool {
        var levels = NestedLevels()
        while true {
            skipSpace()
            if next == UInt8(ascii: "{") || next == UInt8(ascii: "[") {
                guard levels.open(isObject: next == UInt8(ascii: "{")) else { return false }
                position += 1
                if skip(levels.isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    levels.close()
                } else {
                    if levels.isInObject, key() == nil { return false }
                    continue
                }
            } else if scalar() == nil {
                return false
            }
            // A value has ended, and perhaps the levels around it.
            while true {
                if levels.isEmpty { return true }
                if skip(UInt8(ascii: ",")) { break }
                guard skip(levels.isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
                levels.close()
            }
            if levels.isInObject, key() == nil { return false }
        }
    }

    /// A field's name, and the colon behind it.
    private mutating func key() -> Text? {
        skipSpace()
        guard let key = text(), skip(UInt8(ascii: ":")) else { return nil }
        return key
    }

    private mutating func number() -> Range<Int>? {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let isZero = next == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return nil }
        if next == UInt8(ascii: ".") {
            position += 1
            if digits() == 0 { return nil }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { position += 1 }
            if digits() == 0 { return nil }
        }
        return start..<position
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, byte &- 0x30 < 10 { position += 1 }
        return position - start
    }

    private mutating func text() -> Text? {
        guard next == UInt8(ascii: "\"") else { return nil }
        position += 1
        let start = position
        var hasEscapes = false
        while let byte = next {
            if byte == UInt8(ascii: "\"") {
                position += 1
                return Text(range: start..<(position - 1), hasEscapes: hasEscapes)
            }
            if byte < 0x20 { return nil }
            if byte == UInt8(ascii: "\\") {
                guard let escape = escape(at: position) else { return nil }
                hasEscapes = true
                position += escape.count
            } else {
                position += 1
            }
        }
        return nil
    }

    // MARK: Bytes

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        guard starts(with: word, at: position) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    func starts(with word: StaticString, at index: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - index >= count else { return false }
        for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { return false }
        return true
    }
}
