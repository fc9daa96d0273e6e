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

    /// A message as the store has numbered and dated it.
    package static func message(_ message: OutgoingMessage, seq: Int, date: Int64) -> [UInt8] {
        var json = JSONWriter(capacity: 256 + message.text.utf8.count)
        json.raw("{\"seq\":")
        json.number(seq)
        json.raw(",\"id\":")
        json.string(message.id)
        json.raw(",\"date\":")
        json.number(date)
        writeTail(of: message, to: &json)
        return json.bytes
    }

    private static func writeTail(of message: OutgoingMessage, to json: inout JSONWriter) {
        json.raw(",\"socket\":")
        json.string(message.member.socket)
        json.raw(",\"username\":")
        json.string(message.member.username)
        json.raw(",\"avatar\":")
        json.string(message.member.avatar)
        json.raw(",\"message\":")
        json.string(message.text)
        json.raw("}")
    }

    /// A message's JSON in the three pieces between which the store sets its number and its time.
    package static func messagePieces(
        _ message: OutgoingMessage
    ) -> (head: [UInt8], middle: [UInt8], tail: [UInt8]) {
        var middle = JSONWriter()
        middle.raw(",\"id\":")
        middle.string(message.id)
        middle.raw(",\"date\":")
        var tail = JSONWriter(capacity: 256 + message.text.utf8.count)
        writeTail(of: message, to: &tail)
        return (Array("{\"seq\":".utf8), middle.bytes, tail.bytes)
    }
}
