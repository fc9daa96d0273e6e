#if canImport(Rooms)
    // A fuzzer has everything in one module.
    import Rooms
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
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
        let envelope: Envelope
        do {
            envelope = try JSONDecoder().decode(Envelope.self, from: Data(json.utf8))
        } catch {
            throw ClientError(code: .badRequest, message: "A message is a JSON object with a topic and its data.")
        }
        switch envelope.topic {
        case "send": self = try Self.send(envelope.data, textLimit: textLimit)
        case "rename": self = try Self.rename(envelope.data)
        case "typing": self = .typing
        case "ping": self = .ping
        case "history": self = try Self.history(envelope.data)
        default:
            // Scalars, as one character may be any number of them.
            let topic = String.UnicodeScalarView(envelope.topic.unicodeScalars.prefix(40))
            throw ClientError(code: .unknownTopic, message: "There is no topic '\(topic)' here.")
        }
    }

    private static func send(_ data: Payload?, textLimit: Int) throws(ClientError) -> ClientCommand {
        guard let text = data?.text ?? data?.fields?.message else {
            throw ClientError(code: .badRequest, message: "A send needs a text.", id: data?.fields?.validID)
        }
        if data?.fields?.isMistyped == true { throw badID }
        let id = try id(data)
        guard !NameCharacters.isBlank(text) else {
            throw ClientError(code: .badRequest, message: "A blank message isn't sent.", id: id)
        }
        guard text.utf8.count <= textLimit else {
            throw ClientError(code: .tooLarge, message: "A text has at most \(textLimit) bytes.", id: id)
        }
        return .send(text: text, id: id)
    }

    /// An id that isn't one is no missing one: its sender would wait for an answer with it.
    private static func id(_ data: Payload?) throws(ClientError) -> String? {
        guard let fields = data?.fields else { return nil }
        if fields.hasMistypedID || fields.id != nil && fields.validID == nil { throw badID }
        return fields.id
    }

    private static var badID: ClientError {
        ClientError(code: .badRequest, message: "An id is 1 to 64 of A-Z, a-z, 0-9, _ and -.")
    }

    private static func rename(_ data: Payload?) throws(ClientError) -> ClientCommand {
        let id = try id(data)
        guard let name = (data?.fields?.username ?? data?.text).flatMap(Member.validName) else {
            throw ClientError(code: .badRequest, message: Member.nameRule, id: id)
        }
        return .rename(name, id: id)
    }

    private static func history(_ data: Payload?) throws(ClientError) -> ClientCommand {
        let fields = data?.fields
        let id = try id(data)
        if data != nil, fields == nil || fields?.isMistyped == true {
            throw ClientError(code: .badRequest, message: "'before' and 'limit' are whole numbers.", id: id)
        }
        if let before = fields?.before, before < 1 {
            throw ClientError(code: .badRequest, message: "'before' is the number of a message.", id: id)
        }
        if let limit = fields?.limit, limit < 1 {
            throw ClientError(code: .badRequest, message: "'limit' is at least 1.", id: id)
        }
        return .history(before: fields?.before, limit: min(fields?.limit ?? 50, longestPage), id: id)
    }
}

private struct Envelope: Decodable {
    let topic: String
    let data: Payload?
}

/// `data` is a string, or an object of known fields; anything else counts as nothing.
private struct Payload: Decodable {
    /// Each field by itself: one of a wrong type takes none of the others with it.
    struct Fields: Decodable {
        enum Key: CodingKey { case message, id, username, before, limit }

        var message: String?
        var id: String?
        var username: String?
        var before: Int?
        var limit: Int?
        private(set) var isMistyped = false
        private(set) var hasMistypedID = false

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            id = field(.id, in: container)
            hasMistypedID = isMistyped
            message = field(.message, in: container)
            username = field(.username, in: container)
            before = field(.before, in: container)
            limit = field(.limit, in: container)
        }

        private mutating func field<Value: Decodable>(
            _ key: Key, in container: KeyedDecodingContainer<Key>
        ) -> Value? {
            do {
                return try container.decodeIfPresent(Value.self, forKey: key)
            } catch {
                isMistyped = true
                return nil
            }
        }

        var validID: String? { id.flatMap { MessageID.isValid($0) ? $0 : nil } }
    }

    var text: String?
    var fields: Fields?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = try? container.decode(String.self)
        if text == nil { fields = try? container.decode(Fields.self) }
    }
}
