/// Which survivor takes a dead server's members out of a room, and when. Pure.
///
/// Every survivor comes to its own conclusion, and all of them to the same: the one that comes first by a hash of room and
/// server begins at once, and each of the others a while later, should the first have failed.
package enum SweepOrder {
    /// Between one survivor's turn and the next one's.
    private static let turn: Duration = .milliseconds(250)
    /// No turn is later than this one: what is known of the others may be old.
    private static let lastTurn = 3
    /// Over so much time are the rooms of one turn spread.
    private static let spread: Duration = .milliseconds(200)

    /// How long a survivor waits before it sweeps a room.
    /// - Parameter others: the servers known to be alive and to have members in the room.
    static func delay(of server: String, among others: Set<String>, in room: RoomName) -> Duration {
        let own = hash(room, server)
        let rank = others.count { $0 != server && (hash(room, $0), $0) < (own, server) }
        return turn * min(rank, lastTurn) + spread * Double(own % 1_000) / 1_000
    }

    /// FNV-1a, 64 bits, and MurmurHash3's last step, which spreads it over all of them: the same on every server.
    private static func hash(_ room: RoomName, _ server: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(room.text.utf8) + [0] + Array(server.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }
}
