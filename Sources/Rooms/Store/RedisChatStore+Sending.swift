import RESP
package import Transport

/// A message's way into the store: by the quick script, and by the thorough one where that has something to do.
extension RedisChatStore {
    package func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop, completion: @escaping AppendCompletion
    ) -> Result<Receipt, StoreError>? {
        let client = clients[loop.index]
        guard let connection = client.currentConnection(on: loop), let known = quickHead(of: room, at: loop.now) else {
            finish(message, to: room, by: deadline, on: loop, completion)
            return nil
        }
        // The loop's time may be long past, where the process was frozen since it was told.
        let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? options.patience
        client.send(
            quickSend(message, to: room, knowing: known, over: connection, on: loop),
            timeout: max(.milliseconds(1), min(left, options.patience)), on: connection, loop: loop
        ) { [self] result in
            if case .success(let reply) = result, !reply.isNull, let receipt = try? receipt(reply) {
                return completion(.success(receipt))
            }
            finish(message, to: room, by: deadline, on: loop, completion)
        }
        return nil
    }

    /// Where the quick script can't, or hasn't answered: repeated, it does nothing twice.
    private func finish(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop, _ completion: @escaping AppendCompletion
    ) {
        loop.startTask { [self] in
            let result: Result<Receipt, StoreError>
            do throws(StoreError) {
                result = .success(try await appendThoroughly(message, to: room, by: deadline, on: loop))
            } catch {
                result = .failure(error)
            }
            completion(result)
        }
    }

    package func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        if let known = quickHead(of: room, at: loop.now) {
            let reply = try await patiently(by: deadline, on: loop) {
                client, connection, timeout async throws(RedisError) in
                let command = quickSend(message, to: room, knowing: known, over: connection, on: loop)
                return try await client.send(command, timeout: timeout, on: connection)
            }
            if !reply.isNull { return try receipt(reply) }
        }
        return try await appendThoroughly(message, to: room, by: deadline, on: loop)
    }

    private func appendThoroughly(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        let keys = RoomKeys(room, database: database)
        let pieces = pieces(of: message)
        await imitateLaterEvent(in: room, on: loop)
        let reply = try await run(
            RoomScripts.send, keys, key: keys.sent(message.member.socket, message.id),
            arguments: [pieces.head, pieces.middle, pieces.tail, options.retention, repeatSeconds], by: deadline,
            on: loop)
        return try receipt(reply)
    }

    private func quickSend(
        _ message: OutgoingMessage, to room: RoomName, knowing known: RoomHead, over connection: RedisConnectionInfo,
        on loop: isolated EventLoop
    ) -> RedisCommand {
        let keys = RoomKeys(room, database: database)
        let pieces = pieces(of: message)
        return RedisCommand(
            RoomScripts.quickSend,
            keys: [keys.meta, keys.messages, keys.sent(message.member.socket, message.id)],
            arguments: [
                runs.run(of: connection, on: loop), keys.channel, known.epoch, known.seq, known.rev, pieces.middle,
                pieces.tail, repeatSeconds, options.retention,
            ])
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
