/// A client by the rules of PROTOCOL.md §1, without I/O: events and time in, texts out; all it sees is recorded.
struct ClientModel: Sendable {
    enum Action: Equatable, Sendable {
        case send(String)
        /// Give the connection up, for this reason.
        case drop(String)
    }

    private enum Phase { case away, joining, joined }

    private struct Pending {
        /// Its place in the record.
        let index: Int
        /// Refused, to be repeated then; nil: under way, or not sent since the connection was made.
        var retryAt: Duration?
    }

    /// A send older than this isn't repeated.
    private static let repeatWindow: Duration = .seconds(300)
    /// For a welcome, and from there to the end of the join.
    private static let joinPatience: Duration = .seconds(10)
    /// So many sends may wait for their answers.
    private static let mostPending = 8

    private let pingInterval: Duration
    private let silence: Duration
    private var random: RunRandom
    private var composeInterval: Duration
    private var phase = Phase.away
    private var token: String?
    private var welcomeSeq: Int?
    private var pending: [Pending] = []
    private var texts: [Int: String] = [:]
    private var nextCompose = Duration.zero
    private var nextPing = Duration.zero
    private var silentAt: Duration?
    private var rushUntil = Duration.zero
    private(set) var record: ClientRecord
    private(set) var epoch: String?
    /// The last number shown; never an ack's.
    private(set) var shown: Int?
    private(set) var comeBackAt: Duration?
    private(set) var delivered = 0
    private(set) var acknowledged = 0
    private(set) var gaps = 0
    private(set) var resets = 0
    /// Says nothing new any more.
    var isQuiet = false

    /// - Parameter rate: messages a second.
    init(name: String, room: String, rate: Double, random: RunRandom) {
        record = ClientRecord(name: name, room: room)
        self.random = random
        composeInterval = .milliseconds(Int(1000 / max(0.001, rate)))
        pingInterval = self.random.duration(3_000...8_000)
        silence = self.random.duration(3_000...5_000)
    }

    var isJoined: Bool { phase == .joined }
    var isAway: Bool { phase == .away }
    var pendingCount: Int { pending.count }

    /// Path and query of the next connection.
    var target: String {
        var target = "/ws?room=\(record.room)&name=\(record.name)"
        if let token { target += "&token=\(token)" }
        if let epoch, let shown { target += "&epoch=\(epoch)&after=\(shown)" }
        return target
    }

    // MARK: The connection

    mutating func opened(server: Int, at now: Duration) {
        observe(.opened(server: server), now)
        phase = .joining
        comeBackAt = nil
        silentAt = now + Self.joinPatience
        nextPing = now + pingInterval
    }

    mutating func lost(_ reason: String, at now: Duration) {
        if phase == .away { return }
        phase = .away
        observe(.lost(reason), now)
    }

    mutating func takenOver(at now: Duration) { observe(.takenOver, now) }

    /// Leaves for good; what comes next is a new page.
    mutating func left(at now: Duration) {
        phase = .away
        observe(.left, now)
        failPending()
        (token, epoch, shown) = (nil, nil, nil)
        (record.socket, record.roster) = (nil, [])
    }

    /// It has read nothing for a while, and does again.
    mutating func woke(at now: Duration) {
        silentAt = nil
        nextPing = now
    }

    /// Much is said for a while, in longer texts.
    mutating func rush(until end: Duration) { rushUntil = max(rushUntil, end) }

    // MARK: Time

    mutating func tick(at now: Duration) -> [Action] {
        if phase == .away { return [] }
        if let silentAt, silentAt <= now { return [.drop("the server was silent")] }
        var actions: [Action] = []
        if now >= nextPing {
            actions.append(.send(#"{"topic":"ping"}"#))
            nextPing = now + pingInterval
            if silentAt == nil { silentAt = now + silence }
        }
        guard phase == .joined else { return actions }
        // In order: what was refused first is repeated first, and nothing new is said before.
        for index in pending.indices {
            guard let retryAt = pending[index].retryAt else { continue }
            if retryAt > now { return actions }
            pending[index].retryAt = nil
            actions.append(transmit(pending[index].index))
        }
        if !isQuiet, now >= nextCompose, pending.count < Self.mostPending { actions.append(compose(at: now)) }
        return actions
    }

    private mutating func compose(at now: Duration) -> Action {
        let isRushing = now < rushUntil
        let interval = Int((isRushing ? composeInterval / 4 : composeInterval) / .milliseconds(1))
        nextCompose = now + random.duration((interval / 4)...(interval * 7 / 4))
        let length = isRushing ? Int.random(in: 60...300, using: &random) : Int.random(in: 0...8, using: &random)
        let index = record.sends.count
        let id = "\(record.name)-\(index + 1)"
        record.sends.append(SendRecord(id: id, socket: record.socket ?? "", sent: now))
        texts[index] = TestText.make(id: id, length: length)
        pending.append(Pending(index: index))
        return transmit(index)
    }

    private mutating func transmit(_ index: Int) -> Action {
        record.sends[index].tries += 1
        return .send(SendRequest(message: texts[index] ?? "", id: record.sends[index].id).json)
    }

    // MARK: Events

    mutating func receive(_ speech: ServerSpeech, at now: Duration) -> [Action] {
        silentAt = phase == .joining ? silentAt : nil
        switch speech.event {
        case .welcome(let socket, let token, let epoch, let seq):
            welcome(socket, token, epoch, seq, at: now)
        case .messageHistory(let messages):
            observe(.history(epoch: speech.epoch ?? "", messages), now)
            for message in messages { show(message, epoch: speech.epoch) }
            if shown == nil { shown = welcomeSeq }
            epoch = speech.epoch
        case .message(let message):
            observe(.message(epoch: speech.epoch ?? "", message), now)
            show(message, epoch: speech.epoch)
        case .gap(let from, let to):
            gaps += 1
            observe(.gap(epoch: speech.epoch ?? "", from: from, to: to), now)
            (shown, epoch) = (max(shown ?? 0, to), speech.epoch)
        case .reset(let epoch):
            resets += 1
            observe(.reset(epoch: epoch), now)
            (shown, self.epoch, welcomeSeq) = (nil, epoch, nil)
        case .ack(let id, let seq, let epoch):
            take(SendRecord.Ack(epoch: epoch, seq: seq, at: now), of: id)
        case .error(let code, let id, let retry):
            if let id { refused(id, code, retry, at: now) }
        case .reconnect(let delay):
            comeBackAt = now + delay
        case .memberHistory, .memberAdd, .memberUpdate, .memberDelete:
            return rosterChanged(speech, at: now)
        case .pong, .other:
            break
        }
        return []
    }

    private mutating func welcome(_ socket: String, _ token: String, _ epoch: String, _ seq: Int, at now: Duration) {
        observe(.welcome(socket: socket, epoch: epoch, seq: seq), now)
        if let before = record.socket, before != socket { failPending() }
        (record.socket, self.token) = (socket, token)
        welcomeSeq = seq
        silentAt = now + Self.joinPatience
    }

    private mutating func rosterChanged(_ speech: ServerSpeech, at now: Duration) -> [Action] {
        switch speech.event {
        case .memberHistory(let sockets):
            record.roster = sockets
        case .memberAdd(let socket):
            record.roster.insert(socket)
            if socket == record.socket, phase == .joining { return joined(epoch: speech.epoch, at: now) }
        case .memberDelete(let socket):
            record.roster.remove(socket)
        default: break
        }
        if phase == .joined, let epoch = speech.epoch, epoch != self.epoch {
            observe(.roster(epoch: epoch), now)
            self.epoch = epoch
        }
        return []
    }

    /// Repeats what isn't acknowledged and wasn't seen in the catch-up, in order.
    /// - Parameter epoch: of what was shown; the welcome's may be older by now.
    private mutating func joined(epoch: String?, at now: Duration) -> [Action] {
        phase = .joined
        silentAt = nil
        self.epoch = epoch ?? self.epoch
        observe(.joined(epoch: self.epoch ?? ""), now)
        for entry in pending where now - record.sends[entry.index].sent > Self.repeatWindow {
            record.sends[entry.index].isFailed = true
            record.failures += 1
        }
        pending.removeAll { record.sends[$0.index].isFailed }
        return pending.indices.map { index in
            pending[index].retryAt = nil
            return transmit(pending[index].index)
        }
    }

    private mutating func show(_ message: SeenMessage, epoch: String?) {
        delivered += 1
        shown = max(shown ?? 0, message.seq)
        if let epoch { self.epoch = epoch }
        guard message.socket == record.socket, let place = place(of: message.id) else { return }
        record.sends[pending[place].index].isEchoed = true
        settle(place)
    }

    private mutating func take(_ ack: SendRecord.Ack, of id: String) {
        acknowledged += 1
        if let place = place(of: id) {
            record.sends[pending[place].index].acks.append(ack)
            settle(place)
        } else if let index = record.sends.lastIndex(where: { $0.id == id }) {
            // After its echo, or once more.
            record.sends[index].acks.append(ack)
        }
    }

    private mutating func refused(_ id: String, _ code: String, _ retry: Duration?, at now: Duration) {
        guard let place = place(of: id) else { return }
        record.sends[pending[place].index].refusals += 1
        if code == "unavailable" || code == "rate_limited" {
            pending[place].retryAt = now + (retry ?? .seconds(1))
        } else {
            record.sends[pending[place].index].isFailed = true
            record.failures += 1
            settle(place)
        }
    }

    private func place(of id: String) -> Int? { pending.firstIndex { record.sends[$0.index].id == id } }

    private mutating func settle(_ place: Int) {
        texts[pending[place].index] = nil
        pending.remove(at: place)
    }

    private mutating func failPending() {
        for entry in pending {
            record.sends[entry.index].isFailed = true
            record.failures += 1
        }
        pending = []
        texts = [:]
    }

    private mutating func observe(_ what: Observation.What, _ now: Duration) {
        record.observations.append(Observation(at: now, what: what))
    }

    /// The record as it stands, with the state at the end.
    var finalRecord: ClientRecord {
        var final = record
        final.isJoined = isJoined
        return final
    }
}
