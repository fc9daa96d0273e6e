/// What one server knows of a room: the numbered log's state machine. Pure; payloads and readings in, frames out.
///
/// Payloads in order are shown at once. Anything else (a jump in seq or rev, an unknown epoch, a lost link) leads to one
/// reading of the store, while later payloads wait; what the reading brings is shown in order, then what waited.
struct RoomReplica {
    private enum Phase: Equatable {
        /// No confirmed subscription: nothing can be trusted to be complete.
        case detached
        case reading
        case live
    }

    private let historyCount: Int
    private let ringCount: Int
    private var phase = Phase.detached
    private var readNumber = 0
    private var request = RoomReading.Request.newest(0)
    private var held = HeldPayloads()
    private var awaited = Roster()
    private(set) var epoch: String?
    private var previousEpoch: String?
    private var base = 0
    /// The last message delivered.
    private(set) var delivered = 0
    private(set) var rev = 0
    private(set) var roster = Roster()
    /// The newest messages, oldest first.
    private var ring: [StoredMessage] = []

    #if DEBUG
        /// For proving that the checker finds what goes wrong: jumps are passed over, and nothing is read after a cut.
        var ignoresHoles = false
    #endif

    init(historyCount: Int) {
        self.historyCount = historyCount
        ringCount = max(historyCount, 256)
    }

    /// Whether joiners can be served.
    var isLive: Bool { phase == .live }

    /// Whether the reading with this number is still waited for.
    func isReading(_ number: Int) -> Bool { phase == .reading && number == readNumber }

    // MARK: In

    /// Redis has confirmed the subscription: from now on payloads arrive, and what was before is read.
    mutating func confirmed() -> [Output] {
        held = HeldPayloads()
        #if DEBUG
            if ignoresHoles, epoch != nil {
                phase = .live
                return []
            }
        #endif
        return [startReading(epoch == nil ? .newest(historyCount) : .after(delivered))]
    }

    /// The subscription is lost.
    mutating func disconnected() {
        phase = .detached
        held = HeldPayloads()
    }

    /// A member has been attached: as soon as it is in the roster there is a `joined`.
    mutating func await(_ member: Member) -> [Output] {
        guard phase == .live, roster[member.socket] != nil else {
            awaited[member.socket] = member
            return []
        }
        share(member)
        return view.map { [.joined(socket: member.socket, $0)] } ?? []
    }

    mutating func stopAwaiting(_ socket: String) { awaited[socket] = nil }

    /// Where the roster has the same, one object is enough.
    mutating func share(_ member: Member) {
        if roster[member.socket] == member { roster[member.socket] = member }
    }

    /// Something should have arrived and has not: look into the store.
    mutating func suspect() -> [Output] {
        phase == .live ? [startReading(.after(delivered))] : []
    }

    mutating func receive(_ payload: RoomPayload) -> [Output] {
        var outputs: [Output] = []
        switch phase {
        case .detached: break
        case .reading: held.append(payload, readNumber: readNumber)
        case .live:
            if !apply(payload, &outputs) {
                // Held under the number before: the reading that starts now must explain it.
                held.append(payload, readNumber: readNumber)
                outputs.append(startReading(.after(delivered)))
            }
        }
        return outputs
    }

    /// The result of the reading with this number.
    mutating func complete(_ reading: RoomReading, number: Int) -> [Output] {
        guard phase == .reading, number == readNumber else { return [] }
        var outputs: [Output] = []
        if epoch == nil {
            adopt(reading)
        } else if continues(reading) {
            epoch = reading.epoch
            (previousEpoch, base) = (reading.previousEpoch, reading.base)
            catchUp(with: reading, &outputs)
            if reading.isPartial {
                // The roster is compared once, on the last page: whoever joins must not be renamed before it is there.
                outputs.append(startReading(.after(delivered)))
                return outputs
            }
            applyDifferences(to: reading, &outputs)
        } else {
            // The newest messages are needed, not those after a number that means nothing any more.
            guard case .newest = request else { return [startReading(.newest(historyCount))] }
            adopt(reading)
            // As it is now: what waits is said after it.
            if let view { say(.reset(view), TopicJSON.reset(epoch: reading.epoch), &outputs) }
        }
        welcomeAwaited(&outputs)
        goLive(&outputs)
        return outputs
    }

    // MARK: Reading

    private mutating func startReading(_ request: RoomReading.Request) -> Output {
        phase = .reading
        self.request = request
        readNumber += 1
        return .read(request, number: readNumber)
    }

    /// Whether the reading goes on where this replica stands.
    private func continues(_ reading: RoomReading) -> Bool {
        if reading.epoch == epoch { return reading.seq >= delivered }
        return reading.previousEpoch == epoch && delivered <= reading.base
    }

    private mutating func adopt(_ reading: RoomReading) {
        epoch = reading.epoch
        (previousEpoch, base) = (reading.previousEpoch, reading.base)
        delivered = reading.seq
        rev = reading.rev
        roster = roster(of: reading)
        ring = reading.messages.filter { $0.seq <= reading.seq }
    }

    /// Those who haven't changed are the objects they were.
    private func roster(of reading: RoomReading) -> Roster {
        Roster(
            reading.roster.lazy.map { stored in
                let known = roster[stored.member.socket]
                return known == stored.member ? known ?? stored.member : stored.member
            })
    }

    private mutating func catchUp(with reading: RoomReading, _ outputs: inout [Output]) {
        for message in reading.messages where message.seq > delivered && message.seq <= reading.seq {
            reportGap(upTo: message.seq - 1, &outputs)
            deliver(message, TopicJSON.message(message.json, epoch: reading.epoch), &outputs)
        }
        if !reading.isPartial { reportGap(upTo: reading.seq, &outputs) }
    }

    /// What the store no longer holds is said, once, and never hidden.
    private mutating func reportGap(upTo last: Int, _ outputs: inout [Output]) {
        guard last > delivered, let epoch else { return }
        let first = delivered + 1
        delivered = last
        say(.gap(from: first), TopicJSON.gap(from: first, through: last, epoch: epoch), &outputs)
    }

    private mutating func applyDifferences(to reading: RoomReading, _ outputs: inout [Output]) {
        let read = roster(of: reading)
        defer { (roster, rev) = (read, reading.rev) }
        if read == roster { return }
        for socket in roster.sockets where read[socket] == nil {
            say(.roster, TopicJSON.memberDelete(socket, epoch: reading.epoch, rev: reading.rev), &outputs)
            outputs.append(.removed(socket: socket))
        }
        for member in read where roster[member.socket] != member {
            let json = TopicJSON.member(member)
            let event =
                roster[member.socket] == nil
                ? TopicJSON.memberAdd(json, epoch: reading.epoch, rev: reading.rev)
                : TopicJSON.memberUpdate(json, epoch: reading.epoch, rev: reading.rev)
            say(.roster, event, &outputs)
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

    private mutating func goLive(_ outputs: inout [Output]) {
        phase = .live
        let (waiting, mustReadAgain) = held.takeAll()
        for (index, entry) in waiting.enumerated() where !apply(entry.payload, &outputs) {
            if entry.readNumber < readNumber {
                // It came before the reading began, which knows nothing of it: nobody of ours published it.
                outputs.append(.junk)
                continue
            }
            for later in waiting[index...] { held.append(later.payload, readNumber: readNumber) }
            outputs.append(startReading(.after(delivered)))
            return
        }
        if mustReadAgain { outputs.append(startReading(.after(delivered))) }
    }

    // MARK: Payloads

    /// False when the payload doesn't follow what is known.
    private mutating func apply(_ payload: RoomPayload, _ outputs: inout [Output]) -> Bool {
        if case .typing(let socket) = payload.event {
            showTyping(socket, payload, &outputs)
            return true
        }
        guard payload.epoch == epoch else { return passesOver(false) }
        switch payload.event {
        case .message(let message):
            if message.seq <= delivered { return true }
            guard message.seq == delivered + 1 || passesOver(false) else { return false }
            deliver(message, payload.json, &outputs)
        case .memberAdd(let member, let rev), .memberUpdate(let member, let rev):
            guard let isNew = follows(rev) else { return false }
            if !isNew { return true }
            roster[member.socket] = member
            say(.roster, payload.json, &outputs)
            if let awaited = awaited[member.socket] {
                self.awaited[member.socket] = nil
                share(awaited)
                if let view { outputs.append(.joined(socket: member.socket, view)) }
            }
        case .memberDelete(let socket, let rev):
            guard let isNew = follows(rev) else { return false }
            if !isNew { return true }
            roster[socket] = nil
            say(.roster, payload.json, &outputs)
            outputs.append(.removed(socket: socket))
        case .moved(let socket, _, let generation, let rev):
            guard let isNew = follows(rev) else { return false }
            if isNew { outputs.append(.moved(socket: socket, generation: generation)) }
        case .typing: break
        }
        return true
    }

    /// It has no number, so there is nothing it could be ahead of: a writer that has not heard of a new epoch yet, or
    /// joined in the one before, must not make every server read the store.
    private func showTyping(_ socket: String, _ payload: RoomPayload, _ outputs: inout [Output]) {
        guard let epoch, roster[socket] != nil else { return }
        let json = payload.epoch == epoch ? payload.json : TopicJSON.typing(socket, epoch: epoch)
        say(.typing, json, &outputs)
    }

    /// True: the next change of the roster, now counted. False: one already known. nil: one too far ahead.
    private mutating func follows(_ rev: Int) -> Bool? {
        if rev <= self.rev { return false }
        guard rev == self.rev + 1 || passesOver(false) else { return nil }
        self.rev = rev
        return true
    }

    private func passesOver(_ usual: Bool) -> Bool {
        #if DEBUG
            return ignoresHoles || usual
        #else
            return usual
        #endif
    }

    private mutating func deliver(_ message: StoredMessage, _ json: [UInt8], _ outputs: inout [Output]) {
        delivered = message.seq
        ring.append(message)
        if ring.count >= ringCount * 2 { ring.removeFirst(ring.count - ringCount) }
        say(.message(seq: message.seq), json, &outputs)
    }

    private func say(_ kind: Saying.Kind, _ json: [UInt8], _ outputs: inout [Output]) {
        let position = RoomPosition(epoch: epoch ?? "", seq: delivered)
        outputs.append(.say(Saying(kind: kind, json: json, position: position)))
    }

    // MARK: Looking in

    /// What joiners are shown; nil before the room has been read.
    var view: RoomView? {
        guard let epoch else { return nil }
        return RoomView(
            epoch: epoch, previousEpoch: previousEpoch, base: base, seq: delivered, rev: rev, roster: roster, ring: ring
        )
    }

    /// Whether the store is ahead of what was delivered, or elsewhere altogether.
    func isBehind(_ head: RoomHead) -> Bool {
        phase == .live && (head.epoch != epoch || head.seq > delivered || head.rev > rev)
    }
}
