/// What one server knows of a room: the numbered log's state machine. Pure; payloads and readings in, frames out.
///
/// Payloads in order are shown at once. Anything else (a jump in seq or rev, an unknown epoch, a number that was another
/// message's, a lost link) leads to one reading of the store, while later payloads wait; what the reading brings is shown
/// in order, then what waited.
package struct RoomReplica {
    package enum Phase: Equatable {
        /// No confirmed subscription: nothing can be trusted to be complete.
        case detached
        case reading
        case live
    }

    let historyCount: Int
    private let ringCount: Int
    var phase = Phase.detached
    var readNumber = 0
    var request = RoomReading.Request.newest(0)
    var held = HeldPayloads()
    var awaited = Roster()
    /// This server's own members: attached here, and not gone again.
    var residents = Roster()
    /// Residents whom the store's roster lacks, though they have been shown: swept while this server was frozen or cut
    /// off, or lost with the store's data. They are put back at once, so nobody here is told.
    var withheld: Set<String> = []
    var epoch: String?
    var previousEpoch: String?
    var base = 0
    var older: [EpochEnd] = []
    /// The last message delivered.
    var delivered = 0
    var rev = 0
    var roster = Roster()
    /// The newest messages, oldest first.
    var ring: [StoredMessage] = []
    /// Fields of the store's roster that are no member's, when it was last read.
    var junkFields = 0
    var watch = ReplicaWatch()

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

    /// How far the room has been shown; nil before it has been read.
    var head: RoomHead? { epoch.map { RoomHead(epoch: $0, seq: delivered, rev: rev) } }

    // MARK: The link

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

    // MARK: Members of this server

    /// A member has been attached: as soon as it is in the roster there is a `joined`.
    /// - Parameter change: the epoch and the `rev` after its attachment, as the store has told them.
    mutating func await(_ member: Member, since change: (epoch: String, rev: Int)? = nil) -> [Output] {
        residents[member.socket] = member
        guard phase == .live, roster[member.socket] != nil else {
            awaited[member.socket] = member
            // The change that brings it should have been shown already: it was lost on the way, or the store's data were
            // put back and its numbers are used again.
            if phase == .live, let change, change.epoch == epoch, change.rev <= rev {
                return [startReading(.after(delivered))]
            }
            return []
        }
        share(member)
        return view.map { [.joined(socket: member.socket, $0)] } ?? []
    }

    /// The member is this server's no longer. Was it withheld, then it has left by now.
    @discardableResult
    mutating func depart(_ socket: String) -> [Output] {
        awaited[socket] = nil
        residents[socket] = nil
        guard withheld.remove(socket) != nil, roster[socket] != nil, epoch != nil else { return [] }
        roster[socket] = nil
        var outputs: [Output] = []
        say(.left(socket: socket, rev: rev), &outputs)
        return outputs
    }

    /// Where the roster has the same, one object is enough.
    mutating func share(_ member: Member) {
        if residents[member.socket] != nil { residents[member.socket] = member }
        if roster[member.socket] == member { roster[member.socket] = member }
    }

    // MARK: Doubts

    /// Something should have arrived and has not: look into the store.
    mutating func suspect() -> [Output] {
        phase == .live ? [startReading(.after(delivered))] : []
    }

    /// Once a second: what has stayed unexplained for so long is looked up in the store.
    mutating func tick() -> [Output] {
        let isSettled = awaited.isEmpty && withheld.isEmpty
        watch.tick(unsettled: isSettled ? [] : awaited.sockets + withheld)
        return watch.takeDoubt(if: phase == .live) ? suspect() : []
    }

    // MARK: Showing

    mutating func deliver(_ message: StoredMessage, _ outputs: inout [Output]) {
        passOver(message)
        say(.message(message), &outputs)
    }

    /// The next number is this entry's.
    mutating func passOver(_ entry: StoredMessage) {
        delivered = entry.seq
        ring.append(entry)
        if ring.count >= ringCount * 2 { ring.removeFirst(ring.count - ringCount) }
    }

    func say(_ kind: RoomEvent.Kind, _ outputs: inout [Output]) {
        outputs.append(.event(RoomEvent(kind, at: RoomPosition(epoch: epoch ?? "", seq: delivered))))
    }

    func passesOver(_ usual: Bool) -> Bool {
        #if DEBUG
            return ignoresHoles || usual
        #else
            return usual
        #endif
    }

    // MARK: Looking in

    /// What joiners are shown; nil before the room has been read.
    var view: RoomView? {
        guard let epoch else { return nil }
        return RoomView(
            epoch: epoch, previousEpoch: previousEpoch, base: base, older: older, seq: delivered, rev: rev,
            roster: roster, ring: ring)
    }

    /// The message that was shown with this number, if it is still at hand.
    func shown(_ seq: Int) -> StoredMessage? {
        guard let last = ring.last?.seq, seq <= last else { return nil }
        return ring.last { $0.seq <= seq }.flatMap { $0.seq == seq ? $0 : nil }
    }

    /// Whether the store is ahead of what was delivered, or elsewhere altogether, or has lost some of the roster.
    func isBehind(_ head: RoomHead) -> Bool {
        phase == .live
            && (head.epoch != epoch || head.seq > delivered || head.rev > rev || hasOtherRoster(head))
    }

    /// Whether the store's roster has more or fewer members than were shown, after the same number of changes.
    func hasOtherRoster(_ head: RoomHead) -> Bool {
        guard let count = head.count, head.epoch == epoch, head.rev == rev else { return false }
        return count != roster.count - withheld.count + junkFields
    }
}
