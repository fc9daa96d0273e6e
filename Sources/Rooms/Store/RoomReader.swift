import RESP

/// The commands that read a room, and what their replies mean. Whatever is not ours in them is left out.
package struct RoomReader: Sendable {
    /// What is asked for: some of the messages by their numbers, with the room's own numbers of the same moment.
    package enum Query: Hashable, Sendable {
        case newest(Int)
        /// From the number itself on: it is to be the message that is known.
        case after(Int)
        /// One more than wanted is read: it tells whether there are more.
        case before(Int?, limit: Int)

        var limit: Int {
            switch self {
            case .newest(let count): count
            case .after: RoomReading.pageSize + 1
            case .before(_, let limit): limit + 1
            }
        }
    }

    /// What a query brought.
    package struct Answer: Sendable {
        let meta: Meta
        let roster: [StoredMember]
        /// Fields of the roster that are no member's.
        let junkFields: Int
        /// In order, one of each number.
        let messages: [StoredMessage]
        /// There may be more in the direction of reading.
        let isFull: Bool
        /// As many as were asked for came, and not all were ours: some of ours may stand behind them.
        let isMuddied: Bool
    }

    package struct Meta: Sendable {
        let epoch: String
        let previousEpoch: String?
        let base: Int
        let older: [EpochEnd]
        let seq: Int
        let rev: Int
    }

    /// Far more than a room keeps: where junk stands among the messages, all of it is read.
    private static let widest = 20_000

    let keys: RoomKeys
    /// Bytes of the largest value looked at.
    let sizeLimit: Int

    /// For MULTI/EXEC.
    func commands(for query: Query) -> [RedisCommand] {
        let from: [any RedisArgument]
        switch query {
        case .newest: from = ["+inf", "-inf", "BYSCORE", "REV"]
        case .after(let seq): from = ["\(seq)", "+inf", "BYSCORE"]
        case .before(let seq, _): from = [seq.map { "(\($0)" } ?? "+inf", "-inf", "BYSCORE", "REV"]
        }
        return commands(from, limit: query.limit)
    }

    /// The same messages, named by their numbers, which junk can't stand above or below of.
    func commandsPastJunk(for query: Query, seq: Int) -> [RedisCommand] {
        let bounds: (first: Int, last: Int)
        switch query {
        case .newest(let count): bounds = (seq - count + 1, seq)
        case .after(let known): bounds = (known, seq)
        case .before(let number, let limit):
            let last = min(number ?? .max, seq + 1) - 1
            bounds = (last - limit, last)
        }
        return commands([bounds.first, bounds.last, "BYSCORE"], limit: Self.widest)
    }

    private func commands(_ range: [any RedisArgument], limit: Int) -> [RedisCommand] {
        let arguments: [any RedisArgument] = [keys.messages] + range + ["LIMIT", 0, limit, "WITHSCORES"]
        return [
            metaCommand,
            RedisCommand("HGETALL", keys.members),
            RedisCommand("ZRANGE", arguments: arguments),
        ]
    }

    var metaCommand: RedisCommand {
        RedisCommand("HMGET", keys.meta, "run", "epoch", "prev", "base", "seq", "rev", "older", "format")
    }

    /// How many fields the roster has.
    var countCommand: RedisCommand { RedisCommand("HLEN", keys.members) }

    /// nil when the room must be mended first.
    /// - Parameter count: the reply to `countCommand`; nil where that wasn't asked.
    func head(from reply: RESPValue, count: RESPValue?, run: String) -> RoomHead? {
        guard let meta = meta(reply, run: run) else { return nil }
        let fields = count?.int64
        if count != nil, fields == nil { return nil }
        return RoomHead(epoch: meta.epoch, seq: meta.seq, rev: meta.rev, count: fields.map { Int($0) })
    }

    /// What tells whether members are in the roster as this server has put them there, and whether their sessions are kept:
    /// one command, and one for each of them.
    func seatCommands(_ seats: [RoomSeats.Seat]) -> [RedisCommand] {
        [RedisCommand("HMGET", arguments: [keys.members] + seats.map(\.socket))]
            + seats.map { RedisCommand("HGET", keys.session($0.socket), "generation") }
    }

    /// Those who aren't, or whose sessions aren't.
    func missing(_ seats: [RoomSeats.Seat], server: String, from replies: ArraySlice<RESPValue>) -> [String] {
        let fields = replies.first?.elements ?? []
        return zip(seats.indices, zip(seats, replies.dropFirst())).compactMap { index, pair in
            let (seat, session) = pair
            let field = index < fields.count ? fields[index].bytes : nil
            return stands(seat, in: field, of: server) && session.string == "\(seat.generation)" ? nil : seat.socket
        }
    }

    private func stands(_ seat: RoomSeats.Seat, in field: ArraySlice<UInt8>?, of server: String) -> Bool {
        guard let field else { return false }
        let tail = StoreFormat.memberTail(server: server) + Array("\(seat.generation)}".utf8)
        return field.starts(with: StoreFormat.memberStart(seat.socket)) && field.suffix(tail.count).elementsEqual(tail)
    }

    /// nil when the room must be mended first: no meta, another run's, damaged, or a key of the wrong type. A script that is
    /// asked to mend a room of a later format refuses.
    func answer(from replies: [RESPValue], to query: Query, run: String) -> Answer? {
        guard replies.count == 3, let meta = meta(replies[0], run: run), let fields = replies[1].elements,
            let values = replies[2].elements
        else { return nil }
        let messages = messages(in: values, upTo: meta.seq)
        let count = values.count / 2
        let roster = roster(in: fields)
        return Answer(
            meta: meta, roster: roster, junkFields: fields.count / 2 - roster.count, messages: messages,
            isFull: count >= query.limit,
            isMuddied: count >= query.limit && messages.count < count)
    }

    private func meta(_ reply: RESPValue, run: String) -> Meta? {
        guard let fields = reply.elements, fields.count == 8, fields[0].string == run,
            Self.count(fields[7]) ?? 1 <= RoomFormat.current,
            let epoch = fields[1].string, MessageID.isValid(epoch), let seq = Self.count(fields[4]),
            let rev = Self.count(fields[5])
        else { return nil }
        return Meta(
            epoch: epoch, previousEpoch: fields[2].string.flatMap { $0.isEmpty ? nil : $0 },
            base: Self.count(fields[3]) ?? 0, older: Self.older(fields[6]), seq: seq, rev: rev)
    }

    /// `epoch:last`, by commas, as the scripts write it; what is none of ours is left out with all that follows.
    private static func older(_ reply: RESPValue) -> [EpochEnd] {
        var ends: [EpochEnd] = []
        for entry in (reply.string ?? "").split(separator: ",").prefix(RoomScripts.olderEpochs) {
            let parts = entry.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, MessageID.isValid(parts[0]), let last = count(parts[1]) else { break }
            ends.append(EpochEnd(epoch: parts[0], last: last))
        }
        return ends
    }

    /// As scripts count: up to 15 digits, which Lua's numbers hold exactly.
    private static func count(_ reply: RESPValue) -> Int? { reply.string.flatMap { count($0) } }

    private static func count(_ text: String) -> Int? {
        guard (1...15).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    private func messages(in values: [RESPValue], upTo last: Int) -> [StoredMessage] {
        let all = stride(from: 0, to: values.count - 1, by: 2).compactMap { index -> StoredMessage? in
            guard let message = values[index].bytes.flatMap({ StoredMessage(stored: $0, sizeLimit: sizeLimit) }),
                // A copy under another score is nobody's.
                values[index + 1].string == String(message.seq), message.seq <= last
            else { return nil }
            return message
        }
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
}
