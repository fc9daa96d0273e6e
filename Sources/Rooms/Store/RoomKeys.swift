/// The names a room has in Redis. The braces put all keys of a room into one slot.
package struct RoomKeys: Sendable {
    /// The servers' leases: one key for all rooms.
    static let servers = "chat:servers"

    let room: RoomName
    package let meta: String
    package let messages: String
    package let members: String
    /// PUB/SUB ignores the database number, so the channel's name carries it.
    let channel: String
    private let prefix: String

    package init(_ room: RoomName, database: Int) {
        self.room = room
        prefix = "chat:{\(room)}:"
        meta = prefix + "meta"
        messages = prefix + "messages"
        members = prefix + "members"
        channel = "chat@\(database):{\(room)}"
    }

    func session(_ socket: String) -> String { prefix + "session:" + socket }
    func sent(_ socket: String, _ id: String) -> String { prefix + "sent:" + socket + ":" + id }

    /// What a server's trials of Redis are published on. The name is no room's.
    static func healthChannel(of server: String, database: Int) -> String { "chat@\(database):!\(server)" }

    /// The room of a channel, if it is one of ours.
    static func room(ofChannel channel: String, database: Int) -> RoomName? {
        let prefix = "chat@\(database):{"
        guard channel.hasPrefix(prefix), channel.hasSuffix("}") else { return nil }
        return RoomName(String(channel.dropFirst(prefix.count).dropLast()))
    }
}
