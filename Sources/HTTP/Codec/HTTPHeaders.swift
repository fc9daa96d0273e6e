/// Header fields in their order; names are compared without regard to case: RFC 9110 §5.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field.
    public struct Field: Sendable, Hashable {
        /// The name as it was written.
        public let name: String
        /// The value without the white space around it. Bytes that aren't UTF-8 stand as U+FFFD.
        public let value: String
    }

    /// All fields, in order.
    public private(set) var fields: [Field] = []

    public init() {}

    /// Fields in the order of the literal; a name may stand there more than once.
    public init(dictionaryLiteral fields: (String, String)...) {
        for (name, value) in fields { append(name, value) }
    }

    /// Adds a field behind the others, equal names included.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value under this name.
    public func first(_ name: String) -> String? {
        fields.first { HTTPSyntax.equalIgnoringCase($0.name, name) }?.value
    }

    /// All values under this name, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { HTTPSyntax.equalIgnoringCase($0.name, name) }.map(\.value)
    }

    /// The elements of a list field, over all fields of this name, without empty ones (RFC 9110 §5.6.1).
    public func elements(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
                let element = HTTPSyntax.trimmed(element)
                return element.isEmpty ? nil : String(decoding: element, as: UTF8.self)
            }
        }
    }

    /// Whether a list field such as Connection names this token, whatever its case.
    public func contains(_ token: String, in name: String) -> Bool {
        elements(name).contains { HTTPSyntax.equalIgnoringCase($0, token) }
    }
}

extension HTTPHeaders {
    /// Reads one line of a head: `name: value`.
    ///
    /// - Throws: `foldedField`, `malformedField`. Control characters were refused by the line reader.
    mutating func append(line: [UInt8]) throws(HTTPError) {
        guard let first = line.first, !HTTPSyntax.isWhitespace(first) else { throw .foldedField }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .malformedField }
        // RFC 9112 §5.1: white space before the colon is refused, as it is no token character.
        guard HTTPSyntax.isToken(line[..<colon]) else { throw .malformedField }
        let value = HTTPSyntax.trimmed(line[(colon + 1)...])
        append(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// Writes the fields as lines. Nothing can be injected: a field whose name is no token is left out, and control
    /// characters in a value (CR and LF above all) become spaces.
    package func write(to bytes: inout [UInt8]) {
        for field in fields where HTTPSyntax.isToken(field.name.utf8) {
            bytes.append(contentsOf: field.name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: field.value.utf8.map { HTTPSyntax.isFieldCharacter($0) ? $0 : 0x20 })
            bytes.append(contentsOf: "\r\n".utf8)
        }
    }
}
