import RESP
import Transport

/// For proving that servers of two versions get along, a debug build can write what a later version might.
extension RedisChatStore {
    /// A message's JSON in three pieces; see `StoreFormat.messagePieces`.
    func pieces(of message: OutgoingMessage) -> (head: [UInt8], middle: [UInt8], tail: [UInt8]) {
        var pieces = StoreFormat.messagePieces(message)
        #if DEBUG
            if options.imitatesLaterVersion {
                pieces.tail = pieces.tail.dropLast() + Array(#","later":{"list":[1,"two",null]}}"#.utf8)
            }
        #endif
        return pieces
    }

    /// What a later version has added to a member.
    func further(of member: Member) -> [UInt8] {
        #if DEBUG
            if options.imitatesLaterVersion, member.further.isEmpty { return Array(#","later":true"#.utf8) }
        #endif
        return member.further
    }

    /// Publishes an event of a kind that nobody knows.
    func imitateLaterEvent(in room: RoomName, on loop: isolated EventLoop) async {
        #if DEBUG
            guard options.imitatesLaterVersion else { return }
            _ = try? await run(RoomScripts.later, RoomKeys(room, database: database), on: loop)
        #endif
    }
}

#if DEBUG
    extension RoomScripts {
        /// A change of the roster's number that no server of this version knows.
        static let later = RedisScript(
            prologue + """
                announce('later_kind', '{"list":[1,"two",null]}')
                return rev

                """)
    }
#endif
