/// Members whom this server has put into a room's roster, to be looked up there.
struct RoomSeats: Hashable, Sendable {
    struct Seat: Hashable, Sendable {
        let socket: String
        let generation: Int
    }

    let room: RoomName
    let seats: [Seat]
}
