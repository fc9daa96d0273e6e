/// Members whom this server has put into a room's roster, to be looked up there.
package struct RoomSeats: Hashable, Sendable {
    package struct Seat: Hashable, Sendable {
        let socket: String
        let generation: Int
    }

    let room: RoomName
    let seats: [Seat]
}
