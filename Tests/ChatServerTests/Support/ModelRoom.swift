import Foundation
import TestSupport

@testable import ChatServer
@testable import Rooms

/// A room as a store would keep it, in plain values: what it publishes, and what a reading of it brings.
struct ModelRoom {
    var epoch = "first"
    var previousEpoch: String?
    var base = 0
    var seq = 0
    var rev = 0
    var messages: [StoredMessage] = []
    var members: [String: Member] = [:]
    var retention = 1_000
    var pageSize = RoomReading.pageSize

    static func member(_ socket: String, name: String? = nil) -> Member {
        Member(socket: socket, username: name ?? socket, avatar: "/avatars/\(socket).svg", joined: 1_700_000_000_000)
    }

    // MARK: Changes, and the payloads that tell of them

    @discardableResult
    mutating func say(_ text: String = "hello", by socket: String = "ada") -> RoomPayload {
        seq += 1
        let outgoing = OutgoingMessage(id: "id\(seq)", member: Self.member(socket), text: text)
        let pieces = StoreFormat.messagePieces(outgoing)
        let json = pieces.head + Array("\(seq)".utf8) + pieces.middle + Array("1700000000000".utf8) + pieces.tail
        messages.append(StoredMessage(seq: seq, json: json))
        messages.removeFirst(max(0, messages.count - retention))
        return payload(StoreFormat.message(json, epoch: epoch))
    }

    mutating func say(times count: Int) -> [RoomPayload] { (0..<count).map { _ in say() } }

    @discardableResult
    mutating func join(_ socket: String) -> RoomPayload {
        rev += 1
        let member = Self.member(socket)
        members[socket] = member
        return payload(StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: rev))
    }

    /// A member that the store has lost.
    @discardableResult
    mutating func putBack(_ member: Member) -> RoomPayload {
        rev += 1
        members[member.socket] = member
        return payload(StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: rev))
    }

    @discardableResult
    mutating func leave(_ socket: String) -> RoomPayload {
        rev += 1
        members[socket] = nil
        return payload(StoreFormat.memberDelete(socket, epoch: epoch, rev: rev))
    }

    @discardableResult
    mutating func rename(_ socket: String, to name: String) -> RoomPayload {
        rev += 1
        let member = Self.member(socket, name: name)
        members[socket] = member
        return payload(StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: rev))
    }

    /// The store came back with all it had, up to `kept`; seq counts on, under a new epoch.
    mutating func restart(as epoch: String, keeping kept: Int? = nil) {
        seq = kept ?? seq
        messages.removeAll { $0.seq > seq }
        (previousEpoch, base, self.epoch) = (self.epoch, seq, epoch)
    }

    /// An epoch in which nobody goes on.
    mutating func begin(_ fresh: String) { (epoch, previousEpoch, base) = (fresh, nil, 0) }

    /// The store came back with nothing.
    mutating func forget(as epoch: String) {
        let (retention, pageSize) = (retention, pageSize)
        self = ModelRoom()
        (self.epoch, self.retention, self.pageSize) = (epoch, retention, pageSize)
    }

    // MARK: Readings

    func reading(_ request: RoomReading.Request) -> RoomReading {
        var found: [StoredMessage]
        var isPartial = false
        var known: StoredMessage?
        switch request {
        case .newest(let count), .fresh(let count, _): found = messages.suffix(count)
        case .after(let number):
            known = messages.first { $0.seq == number }
            found = messages.filter { $0.seq > number }
            isPartial = found.count > pageSize
            found = Array(found.prefix(pageSize))
        }
        return RoomReading(
            epoch: epoch, previousEpoch: previousEpoch, base: base, seq: seq, rev: rev,
            roster: members.values.map { StoredMember(member: $0, server: "server", generation: 1) }, messages: found,
            isPartial: isPartial, known: known)
    }

    private func payload(_ json: [UInt8]) -> RoomPayload {
        guard let payload = RoomPayload(json, sizeLimit: 65_536) else {
            fatalError("not a payload: \(String(decoding: json, as: UTF8.self))")
        }
        return payload
    }
}

/// What a replica puts out, each in a few words: `message 3`, `gap 4-6`, `read after 3`, `joined ada sees 1,2 & ada,bob`.
func words(_ outputs: [RoomReplica.Output]) -> [String] {
    outputs.compactMap { output -> String? in
        switch output {
        case .removed: nil
        case .read(.newest(let count), _): "read newest \(count)"
        case .read(.after(let seq), _): "read after \(seq)"
        case .read(.fresh(let count, _), _): "read fresh \(count)"
        case .event(let event): words(ofEvent: TopicJSON.event(event))
        case .joined(let socket, let view):
            "joined \(socket) sees \(view.ring.map { "\($0.seq)" }.joined(separator: ",")) & "
                + view.roster.sockets.joined(separator: ",")
        case .moved(let socket, let generation): "moved \(socket) \(generation)"
        case .junk: "junk"
        case .unknown: "unknown"
        }
    }
}

func words(ofEvent json: [UInt8]) -> String {
    guard let event = JSONValue(json), let topic = event["topic"].string else {
        return "not JSON: \(String(decoding: json, as: UTF8.self))"
    }
    let data = event["data"]
    return switch topic {
    case "messages": "message \(data["seq"].int ?? -1)"
    case "gap": "gap \(data["from"].int ?? -1)-\(data["to"].int ?? -1)"
    case "member_add": "add \(data["socket"].string ?? "?")"
    case "member_update": "update \(data["socket"].string ?? "?") \(data["username"].string ?? "?")"
    case "member_delete": "delete \(data.string ?? "?")"
    case "reset": "reset \(data["epoch"].string ?? "?")"
    case "message_history": "history \(data.array.map { "\($0["seq"].int ?? -1)" }.joined(separator: ","))"
    case "member_history": "roster \(data.object.keys.sorted().joined(separator: ","))"
    case "typing": "typing \(data.string ?? "?")"
    default: topic
    }
}
