#if canImport(Rooms)
    // A fuzzer has everything in one module.
    import Rooms
#endif

/// Our own dialect, events to text: `{"topic": T, "data": D}`, with `epoch` and `rev` where a room says it.
enum TopicJSON {
    /// What a room has to say. A message, and who comes and goes, looks as it does in the store's channel.
    static func event(_ event: RoomEvent) -> [UInt8] {
        let epoch = event.position.epoch
        return switch event.kind {
        case .message(let message): StoreFormat.message(message.json, epoch: epoch)
        case .joined(let member, let rev): StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: rev)
        case .renamed(let member, let rev):
            StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: rev)
        case .left(let socket, let rev): StoreFormat.memberDelete(socket, epoch: epoch, rev: rev)
        case .typing(let socket): StoreFormat.typing(socket, epoch: epoch)
        case .gap(let first, let last): gap(from: first, through: last, epoch: epoch)
        case .count(let count): memberCount(count, epoch: epoch)
        case .reset: reset(epoch: epoch)
        }
    }

    /// What a server tells one client, or a room.
    static func welcome(
        _ member: Member, token: String, room: RoomName, epoch: String, seq: Int, server: String, limits: ClientLimits
    ) -> [UInt8] {
        StoreFormat.event("welcome") { json in
            json.raw("{\"member\":")
            json.raw(StoreFormat.member(member))
            json.raw(",\"token\":")
            json.string(token)
            json.raw(",\"room\":")
            json.string(room.text)
            json.raw(",\"epoch\":")
            json.string(epoch)
            json.raw(",\"seq\":")
            json.number(seq)
            json.raw(",\"server\":")
            json.string(server)
            json.raw(",\"limits\":{\"text\":")
            json.number(limits.text)
            json.raw(",\"message\":")
            json.number(limits.message)
            json.raw(",\"name\":")
            json.number(Member.longestName)
            json.raw(",\"history\":")
            json.number(limits.history)
            json.raw("}}")
        }
    }

    static func memberHistory(_ members: some Sequence<(socket: String, json: [UInt8])>, epoch: String, rev: Int)
        -> [UInt8]
    {
        StoreFormat.event("member_history", epoch: epoch, rev: rev) { json in
            json.raw("{")
            json.list(members) { json, entry in
                json.string(entry.socket)
                json.raw(":")
                json.raw(entry.json)
            }
            json.raw("}")
        }
    }

    static func messageHistory(_ messages: some Sequence<StoredMessage>, epoch: String) -> [UInt8] {
        StoreFormat.event("message_history", epoch: epoch) { json in
            json.raw("[")
            json.list(messages) { $0.raw($1.json) }
            json.raw("]")
        }
    }

    /// - Parameter id: the request's.
    static func messagePage(
        _ messages: some Sequence<StoredMessage>, isComplete: Bool, id: String? = nil, epoch: String
    ) -> [UInt8] {
        StoreFormat.event("message_page", epoch: epoch) { json in
            json.raw("{\"messages\":[")
            json.list(messages) { $0.raw($1.json) }
            json.raw("],\"complete\":")
            json.bool(isComplete)
            if let id {
                json.raw(",\"id\":")
                json.string(id)
            }
            json.raw("}")
        }
    }

    static func memberCount(_ count: Int, epoch: String) -> [UInt8] {
        StoreFormat.event("member_count", epoch: epoch) { $0.number(count) }
    }

    /// - Parameter delay: how long to wait before coming back.
    static func reconnect(in delay: Duration) -> [UInt8] {
        StoreFormat.event("reconnect") { json in
            json.raw("{\"in\":")
            json.number(Int(delay / .milliseconds(1)))
            json.raw("}")
        }
    }

    static func gap(from first: Int, through last: Int, epoch: String) -> [UInt8] {
        StoreFormat.event("gap", epoch: epoch) { json in
            json.raw("{\"from\":")
            json.number(first)
            json.raw(",\"to\":")
            json.number(last)
            json.raw("}")
        }
    }

    static func reset(epoch: String) -> [UInt8] {
        StoreFormat.event("reset", epoch: epoch) { json in
            json.raw("{\"epoch\":")
            json.string(epoch)
            json.raw("}")
        }
    }

    /// - Parameter receipt: of a send.
    static func ack(id: String, _ receipt: Receipt? = nil) -> [UInt8] {
        StoreFormat.event("ack") { json in
            json.raw("{\"id\":")
            json.string(id)
            if let receipt {
                json.raw(",\"seq\":")
                json.number(receipt.seq)
                json.raw(",\"epoch\":")
                json.string(receipt.epoch)
            }
            json.raw("}")
        }
    }

    static func error(_ error: ClientError) -> [UInt8] {
        StoreFormat.event("error") { json in
            json.raw("{\"code\":")
            json.string(error.code.rawValue)
            json.raw(",\"message\":")
            json.string(error.message)
            if let id = error.id {
                json.raw(",\"id\":")
                json.string(id)
            }
            if let retry = error.retry {
                json.raw(",\"retry\":")
                // Rounded up: whoever waits so long must not be told to wait again.
                json.number(Int((retry / .milliseconds(1)).rounded(.up)))
            }
            json.raw("}")
        }
    }

    static let pong = StoreFormat.event("pong") { $0.raw("null") }
}

/// What a client is told of the limits it must keep to.
struct ClientLimits: Hashable, Sendable {
    /// Bytes of UTF-8 in one text.
    var text: Int
    /// Bytes in one WebSocket message.
    var message: Int
    /// Messages shown on joining.
    var history: Int
}
