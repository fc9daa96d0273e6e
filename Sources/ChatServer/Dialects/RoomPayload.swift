#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a room's channel carries. Anybody who can reach Redis can publish there, so all of it is checked.
struct RoomPayload: Hashable, Sendable {
    enum Event: Hashable, Sendable {
        case message(StoredMessage)
        case memberAdd(Member, rev: Int)
        case memberUpdate(Member, rev: Int)
        case memberDelete(socket: String, rev: Int)
        case typing(socket: String)
        /// The member's connection is the one of this generation now. Never forwarded.
        case moved(socket: String, generation: Int, rev: Int)
    }

    let epoch: String
    let event: Event
    /// The payload itself: what browsers get.
    let json: [UInt8]

    /// Larger than any payload of ours: a text of the largest size, every byte of it escaped.
    static func sizeLimit(text: Int) -> Int { 6 * text + 16 * 1024 }

    /// For what is known to be ours.
    init(epoch: String, event: Event, json: [UInt8]) {
        self.epoch = epoch
        self.event = event
        self.json = json
    }

    /// nil for what isn't ours.
    init?(_ json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let bytes = Array(json)
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(bytes)),
            (1...64).contains(envelope.epoch.utf8.count)
        else { return nil }
        epoch = envelope.epoch
        self.json = bytes
        switch envelope.body {
        case .message(let message):
            guard message.isValid, let object = Self.dataObject(of: bytes) else { return nil }
            event = .message(StoredMessage(seq: message.seq, json: Array(object)))
        case .member(let topic, let fields, let rev):
            guard let member = fields.member, rev > 0 else { return nil }
            event = topic == "member_add" ? .memberAdd(member, rev: rev) : .memberUpdate(member, rev: rev)
        case .delete(let socket, let rev):
            guard MessageID.isValid(socket), rev > 0 else { return nil }
            event = .memberDelete(socket: socket, rev: rev)
        case .typing(let socket):
            guard MessageID.isValid(socket) else { return nil }
            event = .typing(socket: socket)
        case .moved(let fields, let rev):
            guard MessageID.isValid(fields.socket), rev > 0 else { return nil }
            event = .moved(socket: fields.socket, generation: fields.generation, rev: rev)
        }
    }

    /// The message inside a payload, as its bytes: scripts write `"data":` last.
    private static func dataObject(of payload: [UInt8]) -> ArraySlice<UInt8>? {
        let marker = Array(",\"data\":{\"seq\":".utf8)
        let start = payload.indices.first { payload[$0...].starts(with: marker) }
        guard let start, payload.last == UInt8(ascii: "}") else { return nil }
        return payload[(start + 8)..<(payload.count - 1)]
    }
}

/// A message of the store's, checked.
extension StoredMessage {
    /// nil for what isn't a message.
    init?(stored json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let bytes = Array(json)
        guard let fields = try? JSONDecoder().decode(MessageFields.self, from: Data(bytes)), fields.isValid else {
            return nil
        }
        self.init(seq: fields.seq, json: bytes)
    }
}

extension Member {
    /// nil for what isn't a member.
    init?(stored json: some Collection<UInt8>) {
        guard let stored = StoredMember(stored: json) else { return nil }
        self = stored.member
    }
}

extension StoredMember {
    /// nil for what isn't a member.
    init?(stored json: some Collection<UInt8>, sizeLimit: Int = 4096) {
        guard json.count <= sizeLimit,
            let fields = try? JSONDecoder().decode(MemberFields.self, from: Data(Array(json))),
            let member = fields.member
        else { return nil }
        self.init(member: member, server: fields.server ?? "", generation: fields.generation ?? 0)
    }
}

private struct MessageFields: Decodable {
    let seq: Int
    let id: String
    let date: Int64
    let socket: String
    let username: String
    let avatar: String
    let message: String

    var isValid: Bool {
        seq > 0 && MessageID.isValid(id) && MessageID.isValid(socket) && avatar.hasPrefix("/avatars/")
            && username.utf8.count <= 1024
    }
}

private struct MemberFields: Decodable {
    let socket: String
    let username: String
    let avatar: String
    let joined: Int64
    let server: String?
    let generation: Int?

    var member: Member? {
        guard MessageID.isValid(socket), avatar.hasPrefix("/avatars/"), let name = Member.validName(username) else {
            return nil
        }
        return Member(socket: socket, username: name, avatar: avatar, joined: joined)
    }
}

private struct MovedFields: Decodable {
    let socket: String
    let generation: Int
}

private struct Envelope: Decodable {
    enum Body {
        case message(MessageFields)
        case member(topic: String, MemberFields, rev: Int)
        case delete(socket: String, rev: Int)
        case typing(socket: String)
        case moved(MovedFields, rev: Int)
    }

    enum Key: CodingKey { case topic, epoch, rev, data }

    let epoch: String
    let body: Body

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        epoch = try container.decode(String.self, forKey: .epoch)
        let topic = try container.decode(String.self, forKey: .topic)
        switch topic {
        case "messages":
            body = .message(try container.decode(MessageFields.self, forKey: .data))
        case "member_add", "member_update":
            let fields = try container.decode(MemberFields.self, forKey: .data)
            body = .member(topic: topic, fields, rev: try container.decode(Int.self, forKey: .rev))
        case "member_delete":
            let socket = try container.decode(String.self, forKey: .data)
            body = .delete(socket: socket, rev: try container.decode(Int.self, forKey: .rev))
        case "_moved":
            let fields = try container.decode(MovedFields.self, forKey: .data)
            body = .moved(fields, rev: try container.decode(Int.self, forKey: .rev))
        case "typing":
            body = .typing(socket: try container.decode(String.self, forKey: .data))
        default:
            throw DecodingError.dataCorrupted(.init(codingPath: [Key.topic], debugDescription: "unknown"))
        }
    }
}
