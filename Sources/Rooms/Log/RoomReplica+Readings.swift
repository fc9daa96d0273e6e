/// Readings of the store: what they bring is compared with what has been shown.
extension RoomReplica {
    /// How a reading stands to what has been shown.
    private enum Relation {
        case goesOn
        /// Of another history.
        case isOther
        /// An older state, or another one under the same numbers: the store's data were put back in place.
        case wasPutBack
    }

    mutating func startReading(_ request: RoomReading.Request) -> Output {
        phase = .reading
        self.request = request
        readNumber += 1
        return .read(request, number: readNumber)
    }

    /// The result of the reading with this number.
    mutating func complete(_ reading: RoomReading, number: Int) -> [Output] {
        guard phase == .reading, number == readNumber else { return [] }
        var outputs: [Output] = []
        guard let head else {
            adopt(reading)
            return finish(&outputs)
        }
        let relation = relation(of: reading)
        switch relation {
        case .goesOn where !request.isAfter && reading.epoch == epoch:
            // It is this history after all, and the newest messages would leave out what lies between.
            return [startReading(.after(delivered))]
        case .goesOn where request.isAfter:
            epoch = reading.epoch
            (previousEpoch, base, older) = (reading.previousEpoch, reading.base, reading.older)
            catchUp(with: reading, &outputs)
            if reading.isPartial {
                // The roster is compared once, on the last page: whoever joins must not be renamed before it is there.
                outputs.append(startReading(.after(delivered)))
                return outputs
            }
            applyDifferences(to: reading, &outputs)
        case .wasPutBack where !request.isFresh:
            // Its numbers may have meant something else: nobody may go on under this epoch.
            return [startReading(.fresh(historyCount, insteadOf: head))]
        case .isOther where request.isAfter:
            // The newest messages are needed, not those after a number that means nothing any more.
            return [startReading(.newest(historyCount))]
        case .goesOn, .isOther, .wasPutBack:
            adopt(reading)
            // By its numbers it goes on, but the last message shown was another: nobody may take it for theirs.
            if relation == .goesOn { (previousEpoch, base, older) = (nil, 0, []) }
            say(.reset, &outputs)
        }
        return finish(&outputs)
    }

    private mutating func finish(_ outputs: inout [Output]) -> [Output] {
        watch.hasRead(seq: delivered, rev: rev)
        welcomeAwaited(&outputs)
        goLive(&outputs)
        return outputs
    }

    private func relation(of reading: RoomReading) -> Relation {
        if let head, reading.head.isBefore(head) { return .wasPutBack }
        if reading.epoch == epoch { return agrees(with: reading) ? .goesOn : .wasPutBack }
        guard let epoch else { return .isOther }
        let position = RoomPosition(epoch: epoch, seq: delivered)
        return reading.continues(position) && agrees(with: reading) ? .goesOn : .isOther
    }

    /// Whether the last message shown is the one that the store has under its number, as far as both have it.
    private func agrees(with reading: RoomReading) -> Bool {
        guard let known = reading.known, known.seq == delivered, let shown = shown(delivered) else { return true }
        return known.json == shown.json
    }

    private mutating func adopt(_ reading: RoomReading) {
        epoch = reading.epoch
        (previousEpoch, base, older) = (reading.previousEpoch, reading.base, reading.older)
        delivered = reading.seq
        roster = takeRoster(of: reading)
        rev = reading.rev
        ring = reading.messages.filter { $0.seq <= reading.seq }
    }

    /// The roster to be shown from now on. Those who haven't changed are the objects they were; those of this server's
    /// own members who have been shown stay so, and are put back into the store.
    private mutating func takeRoster(of reading: RoomReading) -> Roster {
        let before = roster
        var read = Roster(
            reading.roster.lazy.map { stored in
                let known = before[stored.member.socket]
                return known == stored.member ? known ?? stored.member : stored.member
            })
        withheld = []
        junkFields = reading.junkFields
        for resident in residents where read[resident.socket] == nil {
            guard let shown = roster[resident.socket] else { continue }
            read[resident.socket] = shown
            withheld.insert(resident.socket)
        }
        return read
    }

    private mutating func catchUp(with reading: RoomReading, _ outputs: inout [Output]) {
        for message in reading.messages where message.seq > delivered && message.seq <= reading.seq {
            reportGap(upTo: message.seq - 1, &outputs)
            if !message.isKnown {
                passOver(message)
                outputs.append(.unknown)
                continue
            }
            deliver(message, &outputs)
        }
        if !reading.isPartial { reportGap(upTo: reading.seq, &outputs) }
    }

    /// What the store no longer holds is said, once, and never hidden.
    private mutating func reportGap(upTo last: Int, _ outputs: inout [Output]) {
        guard last > delivered, epoch != nil else { return }
        let first = delivered + 1
        delivered = last
        say(.gap(from: first, through: last), &outputs)
    }

    private mutating func applyDifferences(to reading: RoomReading, _ outputs: inout [Output]) {
        let read = takeRoster(of: reading)
        defer { (roster, rev) = (read, reading.rev) }
        if read == roster { return }
        for socket in roster.sockets where read[socket] == nil {
            say(.left(socket: socket, rev: reading.rev), &outputs)
        }
        for member in read where roster[member.socket] != member {
            let isNew = roster[member.socket] == nil
            say(isNew ? .joined(member, rev: reading.rev) : .renamed(member, rev: reading.rev), &outputs)
        }
    }

    private mutating func welcomeAwaited(_ outputs: inout [Output]) {
        let here = awaited.filter { roster[$0.socket] != nil }
        for member in here {
            awaited[member.socket] = nil
            share(member)
        }
        guard let view else { return }
        outputs += here.map { .joined(socket: $0.socket, view) }
    }
}
