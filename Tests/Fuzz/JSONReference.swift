/// JSON by the letter of RFC 8259, for texts that mean the same to every parser: no key twice, no lone surrogate.
indirect enum JSONReference: Equatable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([JSONReference])
    /// In the order in which they are written.
    case object([Field])

    struct Field: Equatable {
        let key: String
        let value: JSONReference
    }

    /// nil for anything else, and for what is nested deeper than anybody has to follow.
    init?(_ bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var parser = Parser(rest: bytes[...])
        guard let value = parser.value(depth: 0), parser.rest.isEmpty else { return nil }
        self = value
    }

    subscript(_ key: String) -> JSONReference? {
        fields?.first { $0.key == key }?.value
    }

    var fields: [Field]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The keys of an object.
    var keys: Set<String>? { fields.map { Set($0.map(\.key)) } }

    private struct Parser {
        var rest: ArraySlice<UInt8>

        mutating func value(depth: Int) -> JSONReference? {
            guard depth < 200 else { return nil }
            skipSpace()
            defer { skipSpace() }
            switch rest.first {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map(JSONReference.string)
            default: break
            }
            for (word, value) in [("null", JSONReference.null), ("true", .bool(true)), ("false", .bool(false))]
            where rest.starts(with: word.utf8) {
                rest = rest.dropFirst(word.utf8.count)
                return value
            }
            return number()
        }

        private mutating func skipSpace() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func array(_ depth: Int) -> JSONReference? {
            _ = take("[")
            skipSpace()
            var items: [JSONReference] = []
            if take("]") { return .array([]) }
            repeat {
                guard let item = value(depth: depth + 1) else { return nil }
                items.append(item)
            } while take(",")
            return take("]") ? .array(items) : nil
        }

        private mutating func object(_ depth: Int) -> JSONReference? {
            _ = take("{")
            skipSpace()
            var fields: [Field] = []
            var keys: Set<String> = []
            if take("}") { return .object([]) }
            repeat {
                skipSpace()
                guard let key = string() else { return nil }
                skipSpace()
                guard take(":"), let value = value(depth: depth + 1), keys.insert(key).inserted else { return nil }
                fields.append(Field(key: key, value: value))
            } while take(",")
            return take("}") ? .object(fields) : nil
        }

        private mutating func number() -> JSONReference? {
            let start = rest
            _ = take("-")
            guard let first = rest.first, digits() > 0 else { return nil }
            let whole = start.dropLast(rest.count).drop { $0 == UInt8(ascii: "-") }
            guard first != UInt8(ascii: "0") || whole.count == 1 else { return nil }
            if take("."), digits() == 0 { return nil }
            if take("e") || take("E") {
                if !take("-") { _ = take("+") }
                if digits() == 0 { return nil }
            }
            return .number(String(decoding: start.dropLast(rest.count), as: UTF8.self))
        }

        private mutating func digits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }

        private mutating func string() -> String? {
            guard take("\"") else { return nil }
            var units: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = escape() else { return nil }
                    units += Array(String(scalar).utf8)
                case ..<0x20: return nil
                default: units.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            let plain: [UInt8: Unicode.Scalar] = [
                0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
            ]
            guard let kind = rest.popFirst() else { return nil }
            guard kind == UInt8(ascii: "u") else { return plain[kind] }
            guard let high = unit() else { return nil }
            guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) }
            guard take("\\"), take("u"), let low = unit(), (0xDC00...0xDFFF).contains(low) else { return nil }
            return Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00))
        }

        private mutating func unit() -> UInt32? {
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            guard digits.count == 4, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else {
                return nil
            }
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
