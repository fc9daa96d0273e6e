/// What the store keeps of members and messages: canonical JSON, ours to the byte. Messages and members look to browsers as
/// they do here.
package enum StoreFormat {
    /// A member as browsers see it.
    package static func member(_ member: Member) -> [UInt8] {
        var json = JSONWriter()
        json.raw(memberHead(member))
        json.number(member.joined)
        json.raw(member.further)
        json.raw("}")
        return json.bytes
    }

    /// A member's JSON up to the time it joined, which the store may have to fill in.
    package static func memberHead(_ member: Member) -> [UInt8] {
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
    package static func memberStart(_ socket: String) -> [UInt8] {
        var json = JSONWriter()
        json.raw("{\"socket\":")
        json.string(socket)
        json.raw(",")
        return json.bytes
    }

    /// What follows a member's time in the store: `,"server":…,"generation":`, a number and a brace.
    package static func memberTail(server: String) -> [UInt8] {
        var json = JSONWriter()
        json.raw(",\"server\":")
        json.string(server)
        json.raw(",\"generation\":")
        return json.bytes
    }

    /// A message's JSON in the three pieces between which the store sets its number and its time.
    package static func messagePieces(_ message: OutgoingMessage) -> (head: [UInt8], middle: [UInt8], tail: [UInt8]) {
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
}
