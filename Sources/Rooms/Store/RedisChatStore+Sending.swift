import RESP
import Transport

/// A message's way into the store: by the quick script, and by the thorough one where that has something to do.
extension RedisChatStore {
    func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        let keys = RoomKeys(room, database: database)
        let pieces = pieces(of: message)
        let sent = keys.sent(message.member.socket, message.id)
        if let known = quickHead(of: room, at: loop.now) {
            let reply = try await patiently(by: deadline, on: loop) {
                client, connection, timeout async throws(RedisError) in
                let command = RedisCommand(
                    RoomScripts.quickSend, keys: [keys.meta, keys.messages, sent],
                    arguments: [
                        runs.run(of: connection, on: loop), keys.channel, known.epoch, known.seq, known.rev,
                        pieces.middle, pieces.tail, repeatSeconds,
                    ])
                return try await client.send(command, timeout: timeout, on: connection)
            }
            if !reply.isNull {
                await imitateLaterEvent(in: room, on: loop)
                return try receipt(reply)
            }
        }
        let reply = try await run(
            RoomScripts.send, keys, key: sent,
            arguments: [pieces.head, pieces.middle, pieces.tail, options.retention, repeatSeconds], by: deadline,
            on: loop)
        return try receipt(reply)
    }

    private var repeatSeconds: Int { Int(options.repeatWindow.components.seconds) }

    /// How far the room has been shown, where a message may be kept by the quick script.
    private func quickHead(of room: RoomName, at now: ContinuousClock.Instant) -> RoomHead? {
        guard let known = heads.withLock({ $0[room] }) else { return nil }
        return upkeep.withLock { $0[room, default: SendUpkeep()].mayBeQuick(at: now) } ? known : nil
    }

    /// Something in the room isn't as it should be: the next message is kept by the thorough script.
    func keepThoroughly(_ room: RoomName) { upkeep.withLock { $0[room]?.demand() } }

    private func receipt(_ reply: RESPValue) throws(StoreError) -> Receipt {
        guard let place = reply.string?.split(separator: ":"), place.count == 2, let seq = Int(place[1]) else {
            throw .failed("a send was answered with \(reply)")
        }
        return Receipt(epoch: String(place[0]), seq: seq)
    }
}
