/// What is published in a room's channel, as the scripts write it: `{"topic": T, "epoch": E, "rev": R, "data": D}`. Browsers
/// of our own dialect get the same bytes.
extension StoreFormat {
    package static func message(_ message: [UInt8], epoch: String) -> [UInt8] {
        event("messages", epoch: epoch, capacity: 128 + message.count) { $0.raw(message) }
    }

    package static func memberAdd(_ member: [UInt8], epoch: String, rev: Int) -> [UInt8] {
        event("member_add", epoch: epoch, rev: rev) { $0.raw(member) }
    }

    package static func memberUpdate(_ member: [UInt8], epoch: String, rev: Int) -> [UInt8] {
        event("member_update", epoch: epoch, rev: rev) { $0.raw(member) }
    }

    package static func memberDelete(_ socket: String, epoch: String, rev: Int) -> [UInt8] {
        event("member_delete", epoch: epoch, rev: rev) { $0.string(socket) }
    }

    /// Between servers alone: a member's connection is another one now.
    package static func moved(_ socket: String, server: String, generation: Int, epoch: String, rev: Int) -> [UInt8] {
        event("_moved", epoch: epoch, rev: rev) { json in
            json.raw("{\"socket\":")
            json.string(socket)
            json.raw(memberTail(server: server))
            json.number(generation)
            json.raw("}")
        }
    }

    package static func typing(_ socket: String, epoch: String) -> [UInt8] {
        event("typing", epoch: epoch) { $0.string(socket) }
    }

    package static func event(
        _ topic: StaticString, epoch: String? = nil, rev: Int? = nil, capacity: Int = 256,
        _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(capacity: capacity)
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
