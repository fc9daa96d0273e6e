/// A client's message as JSON: a topic, and data that are a string or an object of known fields. Anything else counts as
/// nothing, and of a key that is there twice the first counts.
struct ClientRequest {
    /// Each by itself: one of a wrong type takes none of the others with it.
    enum Field<Value> {
        case missing
        case null
        case mistyped
        case value(Value)

        var value: Value? { if case .value(let value) = self { value } else { nil } }
        var isMistyped: Bool { if case .mistyped = self { true } else { false } }
        fileprivate var isMissing: Bool { if case .missing = self { true } else { false } }
    }

    private(set) var topic: JSONReader.Text
    /// The data themselves, where they are a string.
    private(set) var text: JSONReader.Text?
    /// False where the data are something, and no object.
    private(set) var hasFields = true
    private(set) var message = Field<JSONReader.Text>.missing
    private(set) var id = Field<JSONReader.Text>.missing
    private(set) var username = Field<JSONReader.Text>.missing
    private(set) var before = Field<Int>.missing
    private(set) var limit = Field<Int>.missing

    var isMistyped: Bool {
        message.isMistyped || id.isMistyped || username.isMistyped || before.isMistyped || limit.isMistyped
    }

    /// nil for what is no JSON, no object, or one without a topic.
    init?(_ reader: inout JSONReader) {
        var topic = Field<JSONReader.Text>.missing
        var hasData = false
        self.topic = JSONReader.Text(range: 0..<0, hasEscapes: false)
        guard reader.isAtObject(),
            reader.fields({ reader, key in
                if topic.isMissing, reader.matches(key, "topic") {
                    guard let value = reader.value() else { return false }
                    topic = Self.text(value)
                    return true
                }
                if !hasData, reader.matches(key, "data") {
                    hasData = true
                    return take(&reader)
                }
                return reader.value() != nil
            }), reader.isAtEnd(), let found = topic.value
        else { return nil }
        self.topic = found
    }

    /// Reads the data. False where they are no JSON.
    private mutating func take(_ reader: inout JSONReader) -> Bool {
        if reader.isAtObject() {
            return reader.fields { reader, key in take(&reader, key) }
        }
        guard let value = reader.value() else { return false }
        switch value {
        case .null: break
        case .text(let text): (self.text, hasFields) = (text, false)
        case .bool, .number, .list, .object: hasFields = false
        }
        return true
    }

    private mutating func take(_ reader: inout JSONReader, _ key: JSONReader.Text) -> Bool {
        guard let value = reader.value() else { return false }
        if message.isMissing, reader.matches(key, "message") {
            message = Self.text(value)
        } else if id.isMissing, reader.matches(key, "id") {
            id = Self.text(value)
        } else if username.isMissing, reader.matches(key, "username") {
            username = Self.text(value)
        } else if before.isMissing, reader.matches(key, "before") {
            before = Self.number(value, reader)
        } else if limit.isMissing, reader.matches(key, "limit") {
            limit = Self.number(value, reader)
        }
        return true
    }

    private static func text(_ value: JSONReader.Value) -> Field<JSONReader.Text> {
        switch value {
        case .null: .null
        case .text(let text): .value(text)
        case .bool, .number, .list, .object: .mistyped
        }
    }

    private static func number(_ value: JSONReader.Value, _ reader: JSONReader) -> Field<Int> {
        switch value {
        case .null: .null
        case .number(let digits): reader.integer(digits).map { .value($0) } ?? .mistyped
        case .bool, .text, .list, .object: .mistyped
        }
    }
}
