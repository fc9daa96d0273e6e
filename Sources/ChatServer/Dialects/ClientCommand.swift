#if canImport(Rooms)
    // A fuzzer has everything in one module.
    import Rooms
#endif

/// What a client asks for: text to command, in our own dialect.
enum ClientCommand: Hashable, Sendable {
    case send(text: String, id: String?)
    case rename(String, id: String? = nil)
    case typing
    case ping
    case history(before: Int?, limit: Int, id: String? = nil)

    /// The most messages one `history` brings.
    static let longestPage = 100

    /// What its client calls it: every answer to it carries this.
    var id: String? {
        switch self {
        case .send(_, let id), .rename(_, let id), .history(_, _, let id): id
        case .typing, .ping: nil
        }
    }

    var isSend: Bool { if case .send = self { true } else { false } }

    /// - Parameter textLimit: bytes of UTF-8 in a text.
    init(_ json: String, textLimit: Int) throws(ClientError) {
        var json = json
        let result = json.withUTF8 { bytes in
            Result { () throws(ClientError) in try Self(bytes, textLimit: textLimit) }
        }
        self = try result.get()
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, textLimit: Int) throws(ClientError) {
        var reader = JSONReader(utf8: bytes)
        guard let request = ClientRequest(&reader) else {
            throw ClientError(code: .badRequest, message: "A message is a JSON object with a topic and its data.")
        }
        let isTopic = { (word: StaticString) in reader.matches(request.topic, word) }
        if isTopic("send") {
            self = try Self.send(request, reader, textLimit: textLimit)
        } else if isTopic("ping") {
            self = .ping
        } else if isTopic("typing") {
            self = .typing
        } else if isTopic("rename") {
            self = try Self.rename(request, reader)
        } else if isTopic("history") {
            self = try Self.history(request, reader)
        } else {
            // Scalars, as one character may be any number of them.
            let topic = String.UnicodeScalarView(reader.string(request.topic).unicodeScalars.prefix(40))
            throw ClientError(code: .unknownTopic, message: "There is no topic '\(topic)' here.")
        }
    }

    private static func send(
        _ request: ClientRequest, _ reader: JSONReader, textLimit: Int
    ) throws(ClientError) -> ClientCommand {
        guard let text = request.text ?? request.message.value else {
            let id = request.id.value.map(reader.string)
            let valid = id.flatMap { MessageID.isValid($0) ? $0 : nil }
            throw ClientError(code: .badRequest, message: "A send needs a text.", id: valid)
        }
        if request.isMistyped { throw badID }
        let id = try id(request, reader)
        let string = reader.string(text)
        guard !NameCharacters.isBlank(string) else {
            throw ClientError(code: .badRequest, message: "A blank message isn't sent.", id: id)
        }
        guard string.utf8.count <= textLimit else {
            throw ClientError(code: .tooLarge, message: "A text has at most \(textLimit) bytes.", id: id)
        }
        return .send(text: string, id: id)
    }

    /// An id that isn't one is no missing one: its sender would wait for an answer with it.
    private static func id(_ request: ClientRequest, _ reader: JSONReader) throws(ClientError) -> String? {
        if request.id.isMistyped { throw badID }
        guard let id = request.id.value.map(reader.string) else { return nil }
        guard MessageID.isValid(id) else { throw badID }
        return id
    }

    private static var badID: ClientError {
        ClientError(code: .badRequest, message: "An id is 1 to 64 of A-Z, a-z, 0-9, _ and -.")
    }

    private static func rename(_ request: ClientRequest, _ reader: JSONReader) throws(ClientError) -> ClientCommand {
        let id = try id(request, reader)
        guard let name = (request.username.value ?? request.text).map(reader.string).flatMap(Member.validName) else {
            throw ClientError(code: .badRequest, message: Member.nameRule, id: id)
        }
        return .rename(name, id: id)
    }

    private static func history(_ request: ClientRequest, _ reader: JSONReader) throws(ClientError) -> ClientCommand {
        let id = try id(request, reader)
        if !request.hasFields || request.isMistyped {
            throw ClientError(code: .badRequest, message: "'before' and 'limit' are whole numbers.", id: id)
        }
        if let before = request.before.value, before < 1 {
            throw ClientError(code: .badRequest, message: "'before' is the number of a message.", id: id)
        }
        if let limit = request.limit.value, limit < 1 {
            throw ClientError(code: .badRequest, message: "'limit' is at least 1.", id: id)
        }
        return .history(
            before: request.before.value, limit: min(request.limit.value ?? 50, longestPage), id: id)
    }
}
