/// The names of a room's keys in Redis, as PROTOCOL.md lists them.
struct RoomKeys: Sendable {
    let meta: String
    let messages: String
    let members: String

    init(_ room: String) {
        meta = "chat:{\(room)}:meta"
        messages = "chat:{\(room)}:messages"
        members = "chat:{\(room)}:members"
    }
}
