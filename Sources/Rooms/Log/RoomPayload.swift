#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a room's channel carries. Anybody who can reach Redis can publish there, so all of it is checked.
package struct RoomPayload: Hashable, Sendable {
    package enum Event: Hashable, Sendable {
        case message(StoredMessage)
        case memberAdd(Member, rev: Int)
        case memberUpdate(Member, rev: Int)
        case memberDelete(socket: String, rev: Int)
        case typing(socket: String)
        /// The member's connection is the one of this generation now. Never forwarded.
        case moved(socket: String, server: String, generation: Int, rev: Int)
    }

    let epoch: String
    let event: Event
    /// The payload itself: what browsers get.
    let json: [UInt8]

    /// Larger than any payload of ours: a text of the largest size, every byte of it escaped.
    package static func sizeLimit(text: Int) -> Int { 6 * text + 16 * 1024 }

    /// For what is known to be ours.
    init(epoch: String, event: Event, json: [UInt8]) {
        self.epoch = epoch
        self.event = event
        self.json = json
    }

    /// nil for what isn't ours, to the byte: what is understood is written again, and must come out the same. So nothing
    /// foreign rides along to browsers, and no parser can see in it what this one does not.
    init?(_ json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let bytes = Array(json)
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(bytes)),
            (1...64).contains(envelope.epoch.utf8.count), let event = envelope.event,
            event.json(epoch: envelope.epoch) == bytes
        else { return nil }
        epoch = envelope.epoch
        self.event = event
        self.json = bytes
    }
}

extension RoomPayload.Event {
    /// The payload that tells it, as scripts write it.
    fileprivate func json(epoch: String) -> [UInt8] {
        switch self {
        case .message(let message): StoreFormat.message(message.json, epoch: epoch)
        case .memberAdd(let member, let rev): StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: rev)
        case .memberUpdate(let member, let rev):
            StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: rev)
        case .memberDelete(let socket, let rev): StoreFormat.memberDelete(socket, epoch: epoch, rev: rev)
        case .typing(let socket): StoreFormat.typing(socket, epoch: epoch)
        case .moved(let socket, let server, let generation, let rev):
            StoreFormat.moved(socket, server: server, generation: generation, epoch: epoch, rev: rev)
        }
    }
}

/// A message of the store's, checked.
extension StoredMessage {
    /// nil for what isn't a message.
    init?(stored json: some Collection<UInt8>, sizeLimit: Int) {
        guard json.count <= sizeLimit else { return nil }
        let bytes = Array(json)
        guard let fields = try? JSONDecoder().decode(MessageFields.self, from: Data(bytes)),
            let message = fields.stored, message.json == bytes
        else { return nil }
        self = message
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

    /// As scripts write it; nil unless every field is one of ours.
    var stored: StoredMessage? {
        guard seq > 0, MessageID.isValid(id), let member = Member(socket, username, avatar, joined: 0) else {
            return nil
        }
        let pieces = StoreFormat.messagePieces(OutgoingMessage(id: id, member: member, text: message))
        let json = pieces.head + Array(String(seq).utf8) + pieces.middle + Array(String(date).utf8) + pieces.tail
        return StoredMessage(seq: seq, json: json)
    }
}

extension Member {
    /// nil unless every field is one of ours.
    fileprivate init?(_ socket: String, _ username: String, _ avatar: String, joined: Int64) {
        guard MessageID.isValid(socket), Member.isStorableName(username), avatar.hasPrefix("/avatars/"),
            avatar.hasSuffix(".svg"), MessageID.isValid(String(avatar.dropFirst(9).dropLast(4)))
        else { return nil }
        self.init(socket: socket, username: username, avatar: avatar, joined: joined)
    }
}

private struct MemberFields: Decodable {
    let socket: String
    let username: String
    let avatar: String
    let joined: Int64
    let server: String?
    let generation: Int?

    var member: Member? { Member(socket, username, avatar, joined: joined) }
}

private struct MovedFields: Decodable {
    let socket: String
    let server: String
    let generation: Int
}

private struct Envelope: Decodable {
    package enum Key: CodingKey { case topic, epoch, rev, data }

    let epoch: String
    /// nil for what can't be ours.
    let event: RoomPayload.Event?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func rev() throws -> Int { try container.decode(Int.self, forKey: .rev) }
        func socket() throws -> String? {
            let socket = try container.decode(String.self, forKey: .data)
            return MessageID.isValid(socket) ? socket : nil
        }
        func member() throws -> Member? { try container.decode(MemberFields.self, forKey: .data).member }

        func moved() throws -> MovedFields? {
            let fields = try container.decode(MovedFields.self, forKey: .data)
            return MessageID.isValid(fields.socket) && MessageID.isValid(fields.server) ? fields : nil
        }

        epoch = try container.decode(String.self, forKey: .epoch)
        switch try container.decode(String.self, forKey: .topic) {
        case "messages":
            event = try container.decode(MessageFields.self, forKey: .data).stored.map { .message($0) }
        case "member_add": event = try member().map { .memberAdd($0, rev: try rev()) }
        case "member_update": event = try member().map { .memberUpdate($0, rev: try rev()) }
        case "member_delete": event = try socket().map { .memberDelete(socket: $0, rev: try rev()) }
        case "_moved":
            event = try moved().map {
                .moved(socket: $0.socket, server: $0.server, generation: $0.generation, rev: try rev())
            }
        case "typing": event = try socket().map { .typing(socket: $0) }
        default: event = nil
        }
        if let counted = event?.rev, counted < 1 {
            throw DecodingError.dataCorruptedError(
                forKey: .rev, in: container, debugDescription: "a rev counts from 1")
        }
    }
}

extension RoomPayload.Event {
    fileprivate var rev: Int? {
        switch self {
        case .memberAdd(_, let rev), .memberUpdate(_, let rev), .memberDelete(_, let rev), .moved(_, _, _, let rev): rev
        case .message, .typing: nil
        }
    }
}
