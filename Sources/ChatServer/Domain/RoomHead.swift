/// Where a room stands in the store.
struct RoomHead: Hashable, Sendable {
    let epoch: String
    let seq: Int
    let rev: Int
}

/// A place in a room's log: what somebody has seen.
struct RoomPosition: Hashable, Sendable {
    var epoch: String
    var seq: Int
}
