@testable import ChatServer
@testable import Rooms

/// One room in Redis: what `RoomScripts` and `RoomReader` do, as plain steps.
final class ModelStore {
    struct Session {
        var secret: String
        var member: Member
        var generation: Int
        var attempt: String
        /// When its newest connection was opened; nil: that is lost.
        var opened: Int?
    }

    /// All that Redis keeps; a copy of it is a backup.
    struct Data {
        var run = ""
        var epoch: String?
        var previous: String?
        var base = 0
        var seq = 0
        var rev = 0
        var messages: [StoredMessage] = []
        var members: [String: StoredMember] = [:]
        var sessions: [String: Session] = [:]
        var sent: [String: Receipt] = [:]
        var leases: [String: Int64] = [:]
    }

    let world: World
    let oracle: Oracle
    let bus: ModelBus
    private let retention: Int
    /// Messages a reading brings at once.
    private let pageSize: Int
    var data = Data()
    var backups: [Data] = []
    var runs = 1
    private var epochs = 0
    var isUp = true
    /// Percent of the replies that are lost after the command was carried out.
    var replyLoss = 0
    /// For proving that the invariants find what goes wrong: a repeated send is a new one.
    var forgetsSent = false
    /// Likewise: the members of dead servers stay.
    var neverSweeps = false
    /// Likewise: a connection that was left behind takes its member back.
    var lastAttachmentWins = false
    /// Likewise: what callers know is passed over, and an older state is taken for what it was.
    var trustsItself = false
    /// How far the caller of what is carried out now has shown the room.
    var known: RoomHead?
    /// By so much the clock of the leases has been put forward, in ms.
    var clockStep: Int64 = 0

    init(_ world: World, _ oracle: Oracle, _ bus: ModelBus, retention: Int, pageSize: Int) {
        (self.world, self.oracle, self.bus) = (world, oracle, bus)
        (self.retention, self.pageSize) = (retention, pageSize)
    }

    var seq: Int { data.seq }
    var epoch: String? { data.epoch }
    var members: [String: StoredMember] { data.members }
    private var run: String { "run\(runs)" }
    private var milliseconds: Int64 { Int64(world.now / 1000) + 1_000_000 }

    // MARK: Scripts

    private func begin() -> String {
        if let epoch = data.epoch, data.run == run {
            let head = RoomHead(epoch: epoch, seq: data.seq, rev: data.rev)
            guard let known, !trustsItself, head.isBefore(known) else { return epoch }
            return beginAnew()
        }
        let before = data.epoch
        data.run = run
        guard let before else {
            data.messages = []
            return beginAnew()
        }
        (data.previous, data.base) = (before, data.seq)
        let fresh = nextEpoch()
        data.epoch = fresh
        oracle.began(fresh, after: before, base: data.base)
        return fresh
    }

    /// Nobody goes on where they stand.
    private func beginAnew() -> String {
        let (before, fresh) = (data.epoch, nextEpoch())
        (data.previous, data.base, data.epoch) = (nil, 0, fresh)
        oracle.beganAnew(fresh, insteadOf: before, keeping: data.messages)
        return fresh
    }

    private func nextEpoch() -> String {
        epochs += 1
        return "\(1_000_000_000_000 + epochs)_e"
    }

    func append(_ message: OutgoingMessage) -> Receipt {
        let epoch = begin()
        let key = "\(message.member.socket)/\(message.id)"
        if !forgetsSent, let known = data.sent[key], let lasting = lasting(known, of: key) { return lasting }
        data.seq += 1
        let receipt = Receipt(epoch: epoch, seq: data.seq)
        let json = Array("{\"seq\":\(data.seq),\"id\":\"\(message.id)\",\"socket\":\"\(message.member.socket)\"}".utf8)
        let stored = StoredMessage(seq: data.seq, json: json)
        data.messages.append(stored)
        if data.messages.count > retention {
            data.messages.removeFirst(data.messages.count - retention)
            oracle.trimmed(through: data.seq - retention, in: epoch)
        }
        data.sent[key] = receipt
        world.note("store: \(epoch):\(data.seq) is \(key)")
        oracle.appended(key, at: receipt)
        bus.publish(
            RoomPayload(epoch: epoch, event: .message(stored), json: StoreFormat.message(json, epoch: epoch)))
        return receipt
    }

    /// The receipt of a message that is still what it was.
    private func lasting(_ receipt: Receipt, of key: String) -> Receipt? {
        guard receipt.seq <= data.seq else { return nil }
        let lasts =
            receipt.epoch == data.epoch || (receipt.epoch == data.previous && receipt.seq <= data.base)
        guard let kept = data.messages.first(where: { $0.seq == receipt.seq }) else { return lasts ? receipt : nil }
        guard Oracle.key(of: kept) == key else { return nil }
        return lasts ? receipt : Receipt(epoch: data.epoch ?? "", seq: receipt.seq)
    }

    func session(of socket: String) -> StoredSession? {
        data.sessions[socket].map { StoredSession(secret: $0.secret, member: $0.member) }
    }

    func attach(
        _ member: Member, secret: String, attempt: String, opened: Int, server: String
    ) -> Rooms.Attachment? {
        let epoch = begin()
        let (present, known) = (data.members[member.socket], data.sessions[member.socket])
        if let present, known?.attempt == attempt {
            return Attachment(member: present.member, generation: present.generation, epoch: epoch, rev: data.rev)
        }
        let latest = max(opened, known?.opened ?? opened)
        if latest > opened + Oracle.tolerance, !lastAttachmentWins { return nil }
        var joined = present?.member ?? member
        if present == nil { joined.joined = milliseconds }
        let generation = max(present?.generation ?? 0, known?.generation ?? 0, Int(milliseconds) - 1) + 1
        let stored = StoredMember(member: joined, server: server, generation: generation)
        data.members[member.socket] = stored
        data.sessions[member.socket] = Session(
            secret: secret, member: joined, generation: generation, attempt: attempt, opened: latest)
        world.note("store: \(member.socket)#\(generation) \(present == nil ? "joins" : "moves") at \(server)")
        oracle.attached(member.socket, generation: generation, opened: opened)
        if present == nil { announceAdd(joined) } else { announceMoved(stored) }
        return Attachment(member: joined, generation: generation, epoch: epoch, rev: data.rev)
    }

    func putBack(_ member: Member, secret: String, generation: Int, server: String) -> Bool {
        _ = begin()
        let (present, known) = (data.members[member.socket], data.sessions[member.socket])
        if present?.generation ?? 0 > generation || known?.generation ?? 0 > generation { return false }
        if present?.server == server, present?.generation == generation { return true }
        data.members[member.socket] = StoredMember(member: member, server: server, generation: generation)
        data.sessions[member.socket] = Session(
            secret: secret, member: member, generation: generation, attempt: known?.attempt ?? "",
            opened: known?.opened)
        oracle.sights.putBacks += 1
        world.note("store: \(member.socket)#\(generation) is put back at \(server)")
        guard let present else {
            announceAdd(member)
            return true
        }
        announceMoved(StoredMember(member: member, server: server, generation: generation))
        if present.member != member { announceUpdate(member) }
        return true
    }

    func leave(_ socket: String, generation: Int, server: String, isConnected: Bool) {
        _ = begin()
        guard let present = data.members[socket], present.server == server, present.generation == generation else {
            return
        }
        oracle.left(socket, generation: generation, isConnected: isConnected)
        announceDelete(socket, "leaves")
    }

    func rename(_ member: Member, generation: Int, server: String) {
        _ = begin()
        guard let present = data.members[member.socket], present.server == server,
            present.generation == generation, present.member != member
        else { return }
        data.members[member.socket]?.member = member
        data.sessions[member.socket]?.member = member
        announceUpdate(member)
    }

    func sweep(_ servers: [String]) {
        _ = begin()
        if neverSweeps { return }
        for (socket, member) in data.members.sorted(by: { $0.key < $1.key }) where servers.contains(member.server) {
            announceDelete(socket, "is swept")
        }
    }

    func renewLease(of server: String) -> Leases {
        oracle.renewed(server)
        let (now, lease) = (milliseconds + clockStep, Int64(Presence.lease.milliseconds))
        let oldest = now - Int64(Presence.memory.milliseconds)
        data.leases = data.leases.filter { $0.value > oldest && $0.value < now + 60 * lease }
        let before = data.leases
        data.leases[server] = now + lease
        return Leases(run: run, now: now, expiry: before)
    }

    private func announceAdd(_ member: Member) {
        data.rev += 1
        let epoch = data.epoch ?? ""
        let json = StoreFormat.memberAdd(StoreFormat.member(member), epoch: epoch, rev: data.rev)
        bus.publish(RoomPayload(epoch: epoch, event: .memberAdd(member, rev: data.rev), json: json))
    }

    private func announceUpdate(_ member: Member) {
        data.rev += 1
        let epoch = data.epoch ?? ""
        let json = StoreFormat.memberUpdate(StoreFormat.member(member), epoch: epoch, rev: data.rev)
        bus.publish(RoomPayload(epoch: epoch, event: .memberUpdate(member, rev: data.rev), json: json))
    }

    private func announceMoved(_ stored: StoredMember) {
        data.rev += 1
        let event = RoomPayload.Event.moved(
            socket: stored.member.socket, server: stored.server, generation: stored.generation, rev: data.rev)
        bus.publish(RoomPayload(epoch: data.epoch ?? "", event: event, json: []))
    }

    private func announceDelete(_ socket: String, _ how: String) {
        world.note("store: \(socket)#\(data.members[socket]?.generation ?? 0) \(how)")
        data.members[socket] = nil
        data.rev += 1
        let epoch = data.epoch ?? ""
        let json = StoreFormat.memberDelete(socket, epoch: epoch, rev: data.rev)
        bus.publish(RoomPayload(epoch: epoch, event: .memberDelete(socket: socket, rev: data.rev), json: json))
    }

    // MARK: Reading

    func read(_ request: RoomReading.Request) -> RoomReading {
        known = nil
        if case .fresh(_, let head) = request {
            known = head
            if begin() == head.epoch, !trustsItself { _ = beginAnew() }
        }
        let epoch = begin()
        let messages: ArraySlice<StoredMessage>
        var known: StoredMessage?
        switch request {
        case .newest(let count), .fresh(let count, _): messages = data.messages.suffix(count)
        case .after(let seq):
            messages = data.messages.drop { $0.seq <= seq }.prefix(pageSize)
            if !trustsItself { known = data.messages.first { $0.seq == seq } }
        }
        var isPartial = false
        if case .after = request, let last = messages.last { isPartial = last.seq < data.seq }
        return RoomReading(
            epoch: epoch, previousEpoch: data.previous, base: data.base, seq: data.seq, rev: data.rev,
            roster: data.members.sorted { $0.key < $1.key }.map(\.value), messages: Array(messages),
            isPartial: isPartial, known: known)
    }

    /// nil when the room must be mended first.
    func head() -> RoomHead? {
        guard let epoch = data.epoch, data.run == run else { return nil }
        return RoomHead(epoch: epoch, seq: data.seq, rev: data.rev, count: data.members.count)
    }

    /// Which of a server's members aren't as it has left them.
    func missing(_ seats: [RoomSeats.Seat], of server: String) -> [String] {
        seats.filter { seat in
            let (member, session) = (data.members[seat.socket], data.sessions[seat.socket])
            return member?.server != server || member?.generation != seat.generation
                || session?.generation != seat.generation
        }
        .map(\.socket)
    }
}
