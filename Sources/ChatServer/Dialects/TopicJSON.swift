/// Our own dialect, events to text: `{"topic": T, "data": D}`, with `epoch` and `rev` where a room says it.
enum TopicJSON {
    /// What a server tells one client, or a room.
    static func welcome(
        _ member: Member, token: String, room: RoomName, epoch: String, seq: Int, server: String, limits: ClientLimits
    ) -> [UInt8] {
        event("welcome") { json in
            json.raw("{\"member\":")
            json.raw(Self.member(member))
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

    /// A member as browsers see it.
    static func member(_ member: Member) -> [UInt8] {
        var json = JSONWriter()
        json.raw(memberHead(member))
        json.number(member.joined)
        json.raw("}")
        return json.bytes
    }

    /// A member's JSON up to the time it joined, which the store may have to fill in.
    static func memberHead(_ member: Member) -> [UInt8] {
        var json = JSONWriter()
        json.raw(memberStart(member.socket))
        json.raw("\"username\":")
        json.string(member.username)
        json.raw(",\"avatar\":")
        json.string(member.avatar)
        json.raw(",\"joined\":")
        return json.bytes
    }

    /// What every JSON of this member begins with.
    static func memberStart(_ socket: String) -> [UInt8] {
        var json = JSONWriter()
        json.raw("{\"socket\":")
        json.string(socket)
        json.raw(",")
        return json.bytes
    }

    /// What follows a member's time in the store: `,"server":…,"generation":`, a number and a brace.
    static func memberTail(server: String) -> [UInt8] {
        var json = JSONWriter()
        json.raw(",\"server\":")
        json.string(server)
        json.raw(",\"generation\":")
        return json.bytes
    }

    /// A message's JSON in the three pieces between which the store sets its number and its time.
    static func messagePieces(_ message: OutgoingMessage) -> (head: [UInt8], middle: [UInt8], tail: [UInt8]) {
        var middle = JSONWriter()
        middle.raw(",\"id\":")
        middle.string(message.id)
        middle.raw(",\"date\":")
        var tail = JSONWriter()
        tail.raw(",\"socket\":")
        tail.string(message.member.socket)
        tail.raw(",\"username\":")
        tail.string(message.member.username)
        tail.raw(",\"avatar\":")
        tail.string(message.member.avatar)
        tail.raw(",\"message\":")
        tail.string(message.text)
        tail.raw("}")
        return (Array("{\"seq\":".utf8), middle.bytes, tail.bytes)
    }

    static func memberHistory(_ members: some Sequence<(socket: String, json: [UInt8])>, epoch: String, rev: Int)
        -> [UInt8]
    {
        event("member_history", epoch: epoch, rev: rev) { json in
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
        event("message_history", epoch: epoch) { json in
            json.raw("[")
            json.list(messages) { $0.raw($1.json) }
            json.raw("]")
        }
    }

    /// - Parameter id: the request's.
    static func messagePage(
        _ messages: some Sequence<StoredMessage>, isComplete: Bool, id: String? = nil, epoch: String
    ) -> [UInt8] {
        event("message_page", epoch: epoch) { json in
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

    static func message(_ message: [UInt8], epoch: String) -> [UInt8] {
        event("messages", epoch: epoch) { $0.raw(message) }
    }

    static func memberAdd(_ member: [UInt8], epoch: String, rev: Int) -> [UInt8] {
        event("member_add", epoch: epoch, rev: rev) { $0.raw(member) }
    }

    static func memberUpdate(_ member: [UInt8], epoch: String, rev: Int) -> [UInt8] {
        event("member_update", epoch: epoch, rev: rev) { $0.raw(member) }
    }

    static func memberDelete(_ socket: String, epoch: String, rev: Int) -> [UInt8] {
        event("member_delete", epoch: epoch, rev: rev) { $0.string(socket) }
    }

    /// Between servers alone: a member's connection is another one now.
    static func moved(_ socket: String, server: String, generation: Int, epoch: String, rev: Int) -> [UInt8] {
        event("_moved", epoch: epoch, rev: rev) { json in
            json.raw("{\"socket\":")
            json.string(socket)
            json.raw(memberTail(server: server))
            json.number(generation)
            json.raw("}")
        }
    }

    static func memberCount(_ count: Int, epoch: String) -> [UInt8] {
        event("member_count", epoch: epoch) { $0.number(count) }
    }

    /// - Parameter delay: how long to wait before coming back.
    static func reconnect(in delay: Duration) -> [UInt8] {
        event("reconnect") { json in
            json.raw("{\"in\":")
            json.number(Int(delay / .milliseconds(1)))
            json.raw("}")
        }
    }

    static func typing(_ socket: String, epoch: String) -> [UInt8] {
        event("typing", epoch: epoch) { $0.string(socket) }
    }

    static func gap(from first: Int, through last: Int, epoch: String) -> [UInt8] {
        event("gap", epoch: epoch) { json in
            json.raw("{\"from\":")
            json.number(first)
            json.raw(",\"to\":")
            json.number(last)
            json.raw("}")
        }
    }

    static func reset(epoch: String) -> [UInt8] {
        event("reset", epoch: epoch) { json in
            json.raw("{\"epoch\":")
            json.string(epoch)
            json.raw("}")
        }
    }

    /// - Parameter receipt: of a send.
    static func ack(id: String, _ receipt: Receipt? = nil) -> [UInt8] {
        event("ack") { json in
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
        event("error") { json in
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

    static let pong = event("pong") { $0.raw("null") }

    private static func event(
        _ topic: StaticString, epoch: String? = nil, rev: Int? = nil, _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.raw("{\"topic\":\"")
        json.raw(topic)
        json.raw("\"")
        if let epoch {
            json.raw(",\"epoch\":")
            json.string(epoch)
        }
        if let rev {
            json.raw(",\"rev\":")
            json.number(rev)
        }
        json.raw(",\"data\":")
        data(&json)
        json.raw("}")
        return json.bytes
    }
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
