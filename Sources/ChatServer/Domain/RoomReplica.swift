/// What one server knows of a room: the numbered log's state machine. Pure; payloads and readings in, frames out.
///
/// Payloads in order are shown at once. Anything else (a jump in seq or rev, an unknown epoch, a lost link) leads to one
/// reading of the store, while later payloads wait; what the reading brings is shown in order, then what waited.
struct RoomReplica {
    enum Output: Equatable {
        /// Read the store, and hand the result to `complete` with this number.
        case read(RoomReading.Request, number: Int)
        /// To everybody in the room.
        case broadcast([UInt8])
        /// A member awaited here is in the roster: it gets its opening, then whatever is broadcast after this.
        case joined(socket: String, Opening)
        /// A payload that can't be ours was dropped.
        case junk
    }

    /// What a joiner is shown first.
    struct Opening: Equatable {
        let epoch: String
        let seq: Int
        let rev: Int
        let roster: [String: Member]
        /// Oldest first.
        let messages: [StoredMessage]
    }

    private struct Held {
        let payload: RoomPayload
        /// The reading under way when it came: one begun later must account for it.
        let readNumber: Int
    }

    private enum Phase: Equatable {
        /// No confirmed subscription: nothing can be trusted to be complete.
        case detached
        case reading
        case live
    }

    private static let heldLimit = 4_096
    private static let heldByteLimit = 8 * 1024 * 1024

    private let historyCount: Int
    private let historyBytes: Int
    private var phase = Phase.detached
    private var readNumber = 0
    private var request = RoomReading.Request.newest(0)
    private var held: [Held] = []
    private var heldBytes = 0
    private var hasOverflowed = false
    private var awaited: Set<String> = []
    private(set) var epoch: String?
    /// The last message delivered.
    private(set) var delivered = 0
    private(set) var rev = 0
    private(set) var roster: [String: Member] = [:]
    /// The newest messages, oldest first.
    private var ring: [StoredMessage] = []

    /// - Parameters:
    ///   - historyCount: messages shown to a joiner.
    ///   - historyBytes: and their bytes, at most.
    init(historyCount: Int, historyBytes: Int = 524_288) {
        self.historyCount = historyCount
        self.historyBytes = historyBytes
    }

    /// Whether joiners can be served.
    var isLive: Bool { phase == .live }

    /// Whether the reading with this number is still waited for.
    func isReading(_ number: Int) -> Bool { phase == .reading && number == readNumber }

    // MARK: In

    /// Redis has confirmed the subscription: from now on payloads arrive, and what was before is read.
    mutating func confirmed() -> [Output] {
        discardHeld()
        return [startReading(epoch == nil ? .newest(historyCount) : .after(delivered))]
    }

    /// The subscription is lost.
    mutating func disconnected() {
        phase = .detached
        discardHeld()
    }

    /// A join has been asked for: when the member turns up in the roster there is a `joined`.
    mutating func await(_ socket: String) { awaited.insert(socket) }

    mutating func stopAwaiting(_ socket: String) { awaited.remove(socket) }

    /// Something should have arrived and has not: look into the store.
    mutating func suspect() -> [Output] {
        phase == .live ? [startReading(.after(delivered))] : []
    }

    mutating func receive(_ payload: RoomPayload) -> [Output] {
        var outputs: [Output] = []
        switch phase {
        case .detached: break
        case .reading: hold(payload)
        case .live:
            if !apply(payload, &outputs) {
                // Held under the number before: the reading that starts now must explain it.
                hold(payload)
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
            outputs.append(.broadcast(TopicJSON.reset(epoch: reading.epoch)))
            outputs.append(.broadcast(TopicJSON.messageHistory(history, epoch: reading.epoch)))
            outputs.append(.broadcast(rosterEvent))
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
        delivered = reading.seq
        rev = reading.rev
        roster = Self.roster(of: reading)
        ring = reading.messages.filter { $0.seq <= reading.seq }
    }

    private static func roster(of reading: RoomReading) -> [String: Member] {
        Dictionary(reading.roster.map { ($0.member.socket, $0.member) }, uniquingKeysWith: { first, _ in first })
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
        outputs.append(.broadcast(TopicJSON.gap(from: delivered + 1, through: last, epoch: epoch)))
        delivered = last
    }

    private mutating func applyDifferences(to reading: RoomReading, _ outputs: inout [Output]) {
        let read = Self.roster(of: reading)
        defer { (roster, rev) = (read, reading.rev) }
        if read == roster { return }
        for socket in roster.keys.sorted() where read[socket] == nil {
            outputs.append(.broadcast(TopicJSON.memberDelete(socket, epoch: reading.epoch, rev: reading.rev)))
        }
        for (socket, member) in read.sorted(by: { $0.key < $1.key }) where roster[socket] != member {
            let json = TopicJSON.member(member)
            if roster[socket] != nil {
                outputs.append(.broadcast(TopicJSON.memberUpdate(json, epoch: reading.epoch, rev: reading.rev)))
            } else if !awaited.contains(socket) {
                outputs.append(.broadcast(TopicJSON.memberAdd(json, epoch: reading.epoch, rev: reading.rev)))
            }
        }
    }

    private mutating func welcomeAwaited(_ outputs: inout [Output]) {
        guard let epoch else { return }
        for socket in awaited.sorted() {
            guard let member = roster[socket] else { continue }
            awaited.remove(socket)
            outputs.append(.joined(socket: socket, opening(epoch)))
            outputs.append(.broadcast(TopicJSON.memberAdd(TopicJSON.member(member), epoch: epoch, rev: rev)))
        }
    }

    private mutating func goLive(_ outputs: inout [Output]) {
        phase = .live
        let waiting = held
        let mustReadAgain = hasOverflowed
        discardHeld()
        for (index, entry) in waiting.enumerated() where !apply(entry.payload, &outputs) {
            if entry.readNumber < readNumber {
                // It came before the reading began, which knows nothing of it: nobody of ours published it.
                outputs.append(.junk)
                continue
            }
            for later in waiting[index...] { hold(later.payload) }
            outputs.append(startReading(.after(delivered)))
            return
        }
        if mustReadAgain { outputs.append(startReading(.after(delivered))) }
    }

    // MARK: Payloads

    private mutating func hold(_ payload: RoomPayload) {
        if held.count >= Self.heldLimit || heldBytes + payload.json.count > Self.heldByteLimit {
            // Dropped, not lost: the store has them, and is read again.
            discardHeld()
            hasOverflowed = true
        }
        held.append(Held(payload: payload, readNumber: readNumber))
        heldBytes += payload.json.count
    }

    private mutating func discardHeld() {
        held = []
        heldBytes = 0
        hasOverflowed = false
    }

    /// False when the payload doesn't follow what is known.
    private mutating func apply(_ payload: RoomPayload, _ outputs: inout [Output]) -> Bool {
        if case .typing(let socket) = payload.event {
            showTyping(socket, payload, &outputs)
            return true
        }
        guard payload.epoch == epoch else { return false }
        switch payload.event {
        case .message(let message):
            if message.seq <= delivered { return true }
            guard message.seq == delivered + 1 else { return false }
            deliver(message, payload.json, &outputs)
        case .memberAdd(let member, let rev):
            guard let isNew = follows(rev) else { return false }
            if !isNew { return true }
            roster[member.socket] = member
            if awaited.remove(member.socket) != nil, let epoch {
                outputs.append(.joined(socket: member.socket, opening(epoch)))
            }
            outputs.append(.broadcast(payload.json))
        case .memberUpdate(let member, let rev):
            guard let isNew = follows(rev) else { return false }
            if !isNew { return true }
            roster[member.socket] = member
            outputs.append(.broadcast(payload.json))
        case .memberDelete(let socket, let rev):
            guard let isNew = follows(rev) else { return false }
            if !isNew { return true }
            roster[socket] = nil
            outputs.append(.broadcast(payload.json))
        case .typing: break
        }
        return true
    }

    /// It has no number, so there is nothing it could be ahead of: a writer that has not heard of a new epoch yet, or
    /// joined in the one before, must not make every server read the store.
    private func showTyping(_ socket: String, _ payload: RoomPayload, _ outputs: inout [Output]) {
        guard let epoch, roster[socket] != nil else { return }
        outputs.append(.broadcast(payload.epoch == epoch ? payload.json : TopicJSON.typing(socket, epoch: epoch)))
    }

    /// True: the next change of the roster, now counted. False: one already known. nil: one too far ahead.
    private mutating func follows(_ rev: Int) -> Bool? {
        if rev <= self.rev { return false }
        guard rev == self.rev + 1 else { return nil }
        self.rev = rev
        return true
    }

    private mutating func deliver(_ message: StoredMessage, _ json: [UInt8], _ outputs: inout [Output]) {
        delivered = message.seq
        ring.append(message)
        if ring.count >= historyCount * 2 + 16 { ring.removeFirst(ring.count - historyCount) }
        outputs.append(.broadcast(json))
    }

    // MARK: Joining

    private func opening(_ epoch: String) -> Opening {
        Opening(epoch: epoch, seq: delivered, rev: rev, roster: roster, messages: Array(history))
    }

    private var history: ArraySlice<StoredMessage> { ring.suffix(historyCount).newest(bytes: historyBytes) }

    private var rosterEvent: [UInt8] {
        TopicJSON.memberHistory(
            roster.sorted { $0.key < $1.key }.map { ($0.key, TopicJSON.member($0.value)) }, epoch: epoch ?? "", rev: rev
        )
    }
}
