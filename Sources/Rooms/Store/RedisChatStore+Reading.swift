import RESP
package import Transport

/// What is read of rooms, and what keeps them.
extension RedisChatStore {
    /// Sessions renewed in one transaction: what a room has at once is bounded, and so is what Redis is kept busy with.
    private static let renewalBatch = 500

    package func read(
        _ request: RoomReading.Request, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReading {
        let query: RoomReader.Query
        switch request {
        case .newest(let count): query = .newest(count)
        case .after(let seq): query = .after(seq)
        case .fresh(let count, let head):
            query = .newest(count)
            _ = try await run(
                RoomScripts.mend, RoomKeys(room, database: database), arguments: ["again"], knowing: head, on: loop)
        }
        let answer = try await ask(query, of: room, on: loop)
        var messages = answer.messages
        var known: StoredMessage?
        if case .after(let seq) = query {
            if messages.first?.seq == seq { known = messages.removeFirst() }
            messages = Array(messages.prefix(RoomReading.pageSize))
        }
        let hasMore = answer.isFull || messages.count + (known == nil ? 0 : 1) < answer.messages.count
        let meta = answer.meta
        return RoomReading(
            epoch: meta.epoch, previousEpoch: meta.previousEpoch, base: meta.base, older: meta.older,
            seq: meta.seq, rev: meta.rev, roster: answer.roster, messages: messages,
            isPartial: request.isAfter && hasMore && messages.last.map { $0.seq < meta.seq } ?? false, known: known,
            junkFields: answer.junkFields)
    }

    package func page(
        before seq: Int?, limit: Int, of room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage {
        let answer = try await ask(.before(seq, limit: limit), of: room, by: deadline, on: loop)
        return MessagePage(
            epoch: answer.meta.epoch, messages: Array(answer.messages.suffix(limit)),
            isComplete: answer.messages.count <= limit)
    }

    private func ask(
        _ query: RoomReader.Query, of room: RoomName, by deadline: ContinuousClock.Instant? = nil,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReader.Answer {
        let keys = RoomKeys(room, database: database)
        let reader = RoomReader(keys: keys, sizeLimit: options.messageLimit)
        // Meta of another run, or damaged, is mended by a script and read again: twice is more than enough.
        for _ in 0..<3 {
            let answer = try await patiently(by: deadline, on: loop) {
                client, connection, timeout async throws(RedisError) -> RoomReader.Answer? in
                let run = runs.run(of: connection, on: loop)
                let replies = try await client.transaction(
                    reader.commands(for: query), timeout: timeout, on: connection)
                guard let first = reader.answer(from: replies, to: query, run: run) else { return nil }
                if !first.isMuddied { return first }
                keepThoroughly(room)
                let again = try await client.transaction(
                    reader.commandsPastJunk(for: query, seq: first.meta.seq), timeout: timeout, on: connection)
                return reader.answer(from: again, to: query, run: run)
            }
            if let answer { return answer }
            _ = try await run(RoomScripts.mend, keys, arguments: [""], by: deadline, on: loop)
        }
        throw .failed("room \(room) can't be read")
    }

    // MARK: Heads

    package func heads(of rooms: [RoomName], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName:
        RoomHead]
    {
        do throws(StoreError) {
            return try await heads(of: rooms, counting: true, on: loop)
        } catch .failed {
            // A user who may not ask for the roster's size, as the documents once had it, is shown the rest.
            return try await heads(of: rooms, counting: false, on: loop)
        }
    }

    private func heads(
        of rooms: [RoomName], counting: Bool, on loop: isolated EventLoop
    ) async throws(StoreError) -> [RoomName: RoomHead] {
        let readers = rooms.map { RoomReader(keys: RoomKeys($0, database: database), sizeLimit: 0) }
        let commands = readers.flatMap { counting ? [$0.metaCommand, $0.countCommand] : [$0.metaCommand] }
        let width = counting ? 2 : 1
        return try await patiently(on: loop) { client, connection, timeout async throws(RedisError) in
            let run = runs.run(of: connection, on: loop)
            let replies = try await client.transaction(commands, timeout: timeout, on: connection)
            guard replies.count == commands.count else { return [:] }
            var heads: [RoomName: RoomHead] = [:]
            for (index, room) in rooms.enumerated() {
                let count = counting ? replies[index * width + 1] : nil
                heads[room] = readers[index].head(from: replies[index * width], count: count, run: run)
            }
            return heads
        }
    }

    package func missing(_ rooms: [RoomSeats], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName:
        [String]]
    {
        let readers = rooms.map { RoomReader(keys: RoomKeys($0.room, database: database), sizeLimit: 0) }
        let commands = zip(readers, rooms).flatMap { $0.seatCommands($1.seats) }
        let replies = try await patiently(on: loop) { client, _, timeout async throws(RedisError) in
            try await client.transaction(commands, timeout: timeout)
        }
        guard replies.count == commands.count else { return [:] }
        var missing: [RoomName: [String]] = [:]
        var rest = replies[...]
        for (reader, room) in zip(readers, rooms) {
            let found = reader.missing(room.seats, server: server, from: rest.prefix(1 + room.seats.count))
            rest = rest.dropFirst(1 + room.seats.count)
            if !found.isEmpty { missing[room.room] = found }
        }
        return missing
    }

    // MARK: Keeping

    package func renew(_ room: RoomName, sockets: [String], on loop: isolated EventLoop) async throws(StoreError) {
        let keys = RoomKeys(room, database: database)
        _ = try await run(RoomScripts.renew, keys, on: loop)
        let day = 86_400
        for start in stride(from: 0, to: sockets.count, by: Self.renewalBatch) {
            let batch = sockets[start..<min(start + Self.renewalBatch, sockets.count)]
            let commands = batch.map { RedisCommand("EXPIRE", keys.session($0), day) }
            _ = try await patiently(on: loop) { client, _, timeout async throws(RedisError) in
                try await client.transaction(commands, timeout: timeout)
            }
        }
    }
}
