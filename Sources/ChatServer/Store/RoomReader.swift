import RESP

/// The commands that read a room, and what their replies mean. Whatever is not ours in them is left out.
struct RoomReader: Sendable {
    let keys: RoomKeys
    /// Bytes of the largest value looked at.
    let sizeLimit: Int

    /// For MULTI/EXEC: numbers, roster and messages of one moment.
    func commands(for request: RoomReading.Request) -> [RedisCommand] {
        [metaCommand, RedisCommand("HGETALL", keys.members), rangeCommand(request)]
    }

    var metaCommand: RedisCommand {
        RedisCommand("HMGET", keys.meta, "run", "epoch", "prev", "base", "seq", "rev")
    }

    private func rangeCommand(_ request: RoomReading.Request) -> RedisCommand {
        switch request {
        case .newest(let count):
            RedisCommand("ZRANGE", keys.messages, "+inf", "-inf", "BYSCORE", "REV", "LIMIT", 0, count)
        case .after(let seq):
            RedisCommand("ZRANGE", keys.messages, "(\(seq)", "+inf", "BYSCORE", "LIMIT", 0, RoomReading.pageSize)
        }
    }

    /// nil when the room must be mended first.
    func head(from reply: RESPValue, run: String) -> RoomHead? {
        guard let meta = reply.elements, meta.count == 6, meta[0].string == run, let epoch = meta[1].string,
            let seq = meta[4].int64, let rev = meta[5].int64
        else { return nil }
        return RoomHead(epoch: epoch, seq: Int(seq), rev: Int(rev))
    }

    /// nil when the room must be mended first: no meta, another run's, damaged, or a key of the wrong type.
    func reading(from replies: [RESPValue], request: RoomReading.Request, run: String) -> RoomReading? {
        guard replies.count == 3, let meta = replies[0].elements, meta.count == 6, meta[0].string == run,
            let epoch = meta[1].string, !epoch.isEmpty, let seq = meta[4].int64, let rev = meta[5].int64,
            let fields = replies[1].elements, let values = replies[2].elements
        else { return nil }
        let messages = messages(in: values).filter { $0.seq <= Int(seq) }
        var isPartial = false
        if case .after = request, let last = messages.last {
            isPartial = last.seq < Int(seq) && values.count == RoomReading.pageSize
        }
        return RoomReading(
            epoch: epoch, previousEpoch: meta[2].string.flatMap { $0.isEmpty ? nil : $0 },
            base: Int(meta[3].int64 ?? 0),
            seq: Int(seq), rev: Int(rev), roster: roster(in: fields), messages: messages, isPartial: isPartial)
    }

    /// Where junk with a high score has taken the place of the newest messages: the same reading by their numbers.
    func commandsBelowJunk(_ reading: RoomReading, request: RoomReading.Request) -> [RedisCommand]? {
        guard case .newest(let count) = request, reading.seq > 0, count > 0, reading.messages.last?.seq != reading.seq
        else { return nil }
        let range = RedisCommand("ZRANGE", keys.messages, "(\(reading.seq - count)", reading.seq, "BYSCORE")
        return [metaCommand, RedisCommand("HGETALL", keys.members), range]
    }

    private func messages(in values: [RESPValue]) -> [StoredMessage] {
        let all = values.compactMap { $0.bytes.flatMap { StoredMessage(stored: $0, sizeLimit: sizeLimit) } }
        // One of each number: a copy with another score is nobody's.
        var seen: Set<Int> = []
        return all.sorted { $0.seq < $1.seq }.filter { seen.insert($0.seq).inserted }
    }

    private func roster(in fields: [RESPValue]) -> [StoredMember] {
        stride(from: 0, to: fields.count - 1, by: 2).compactMap { index in
            guard let socket = fields[index].string,
                let member = fields[index + 1].bytes.flatMap({ StoredMember(stored: $0) }),
                member.member.socket == socket
            else { return nil }
            return member
        }
    }

    // MARK: Older messages

    func pageCommands(before seq: Int?, limit: Int) -> [RedisCommand] {
        let upper = seq.map { "(\($0)" } ?? "+inf"
        // One more than asked for tells whether there is more.
        return [
            metaCommand,
            RedisCommand("ZRANGE", keys.messages, upper, "-inf", "BYSCORE", "REV", "LIMIT", 0, limit + 1),
        ]
    }

    func page(from replies: [RESPValue], limit: Int) -> MessagePage? {
        guard replies.count == 2, let meta = replies[0].elements, meta.count == 6, let values = replies[1].elements
        else { return nil }
        return MessagePage(
            epoch: meta[1].string ?? "", messages: Array(messages(in: values).suffix(limit)),
            isComplete: values.count <= limit)
    }
}
