import Transport

/// The embedded store: rooms in this process alone, gone when it ends.
final class InMemoryChatStore: ChatStore {
    /// Sends are repeatable for so long.
    private static let repeatWindow: Duration = .seconds(300)

    private struct Room {
        var epoch = RandomText.epoch
        var seq = 0
        var rev = 0
        var messages: [StoredMessage] = []
        var members: [String: StoredMember] = [:]
        var sessions: [String: Session] = [:]
        var sent: [SentKey: (receipt: Receipt, at: ContinuousClock.Instant)] = [:]
        /// In the order they were sent, so that the oldest are forgotten first.
        var sentOrder: [SentKey] = []
        var isOpen = false
    }

    private struct Session {
        var stored: StoredSession
        var generation: Int
        var attempt: String
    }

    private struct SentKey: Hashable {
        let socket: String
        let id: String
    }

    private struct State {
        var rooms: [RoomName: Room] = [:]
        var feed: LoopBound<any RoomFeed>?
    }

    private let state = Locked(State())
    private let retention: Int
    private let server: String
    private let wallClock: @Sendable () -> Int64

    /// - Parameters:
    ///   - retention: messages kept a room.
    ///   - wallClock: Unix milliseconds.
    init(retention: Int, server: String, wallClock: @escaping @Sendable () -> Int64) {
        self.retention = retention
        self.server = server
        self.wallClock = wallClock
    }

    var summary: String { "embedded store: rooms live in this process alone and are gone when it ends" }
    var isAvailable: Bool { true }

    func start(_ feed: LoopBound<any RoomFeed>) async { state.withLock { $0.feed = feed } }

    func stop() async { state.withLock { $0.feed = nil } }

    func open(_ room: RoomName) {
        state.withLock { state in
            state.rooms[room, default: Room()].isOpen = true
            let feed = state.feed
            feed?.loop.submit { loop in feed?.open(on: loop).confirmed(room, on: loop) }
        }
    }

    func close(_ room: RoomName) { state.withLock { $0.rooms[room]?.isOpen = false } }

    // MARK: Reading

    func read(
        _ request: RoomReading.Request, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReading {
        state.withLock { state in
            let found = state.rooms[room, default: Room()]
            state.rooms[room] = found
            let messages: ArraySlice<StoredMessage>
            var isPartial = false
            switch request {
            case .newest(let count):
                messages = found.messages.suffix(count)
            case .after(let seq):
                let rest = found.messages.drop { $0.seq <= seq }
                messages = rest.prefix(RoomReading.pageSize)
                isPartial = rest.count > messages.count
            }
            return RoomReading(
                epoch: found.epoch, previousEpoch: nil, base: 0, seq: found.seq, rev: found.rev,
                roster: Array(found.members.values), messages: Array(messages), isPartial: isPartial)
        }
    }

    func page(
        before seq: Int?, limit: Int, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage {
        state.withLock { state in
            let found = state.rooms[room] ?? Room()
            let earlier = found.messages.prefix { $0.seq < seq ?? .max }
            return MessagePage(
                epoch: found.epoch, messages: Array(earlier.suffix(limit)), isComplete: earlier.count <= limit)
        }
    }

    // MARK: Changing

    func append(
        _ message: OutgoingMessage, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        let now = loop.now
        return change(room) { room in
            let key = SentKey(socket: message.member.socket, id: message.id)
            Self.forgetSent(in: &room, before: now.advanced(by: .zero - Self.repeatWindow))
            if let known = room.sent[key] { return (known.receipt, nil) }
            room.seq += 1
            let pieces = TopicJSON.messagePieces(message)
            let json =
                pieces.head + Array(String(room.seq).utf8) + pieces.middle + Array(String(wallClock()).utf8)
                + pieces.tail
            room.messages.append(StoredMessage(seq: room.seq, json: json))
            if room.messages.count > retention { room.messages.removeFirst(room.messages.count - retention) }
            let receipt = Receipt(epoch: room.epoch, seq: room.seq)
            room.sent[key] = (receipt, now)
            room.sentOrder.append(key)
            return (receipt, TopicJSON.message(json, epoch: room.epoch))
        }
    }

    private static func forgetSent(in room: inout Room, before limit: ContinuousClock.Instant) {
        let old = room.sentOrder.prefix { key in room.sent[key].map { $0.at < limit } ?? true }
        if old.isEmpty { return }
        for key in old { room.sent[key] = nil }
        room.sentOrder.removeFirst(old.count)
    }

    func session(
        of socket: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> StoredSession? {
        state.withLock { $0.rooms[room]?.sessions[socket]?.stored }
    }

    func attach(
        _ member: Member, secret: String, attempt: String, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment {
        change(room) { room in
            let known = room.sessions[member.socket]
            if let present = room.members[member.socket], known?.attempt == attempt {
                return (Self.attachment(present, in: room), nil)
            }
            let present = room.members[member.socket]
            var member = present?.member ?? member
            if present == nil { member.joined = wallClock() }
            let generation = max(present?.generation ?? 0, known?.generation ?? 0) + 1
            let stored = StoredMember(member: member, server: server, generation: generation)
            room.members[member.socket] = stored
            room.sessions[member.socket] = Session(
                stored: StoredSession(secret: secret, member: member), generation: generation, attempt: attempt)
            room.rev += 1
            let news =
                present == nil
                ? TopicJSON.memberAdd(TopicJSON.member(member), epoch: room.epoch, rev: room.rev)
                : TopicJSON.moved(
                    member.socket, server: server, generation: generation, epoch: room.epoch, rev: room.rev)
            return (Self.attachment(stored, in: room), news)
        }
    }

    private static func attachment(_ stored: StoredMember, in room: Room) -> Attachment {
        Attachment(member: stored.member, generation: stored.generation, epoch: room.epoch, rev: room.rev)
    }

    func putBack(
        _ member: Member, secret: String, generation: Int, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        change(room) { room in
            let present = room.members[member.socket]
            if max(present?.generation ?? 0, room.sessions[member.socket]?.generation ?? 0) > generation {
                return (false, nil)
            }
            if present?.generation == generation { return (true, nil) }
            room.members[member.socket] = StoredMember(member: member, server: server, generation: generation)
            room.rev += 1
            return (true, TopicJSON.memberAdd(TopicJSON.member(member), epoch: room.epoch, rev: room.rev))
        }
    }

    func leave(
        _ socket: String, generation: Int, from room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room in
            guard room.members[socket]?.generation == generation else { return ((), nil) }
            room.members[socket] = nil
            room.rev += 1
            return ((), TopicJSON.memberDelete(socket, epoch: room.epoch, rev: room.rev))
        }
    }

    func rename(
        _ member: Member, generation: Int, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room in
            guard room.members[member.socket]?.generation == generation else { return ((), nil) }
            if room.members[member.socket]?.member == member { return ((), nil) }
            room.members[member.socket]?.member = member
            if let session = room.sessions[member.socket] {
                room.sessions[member.socket]?.stored = StoredSession(secret: session.stored.secret, member: member)
            }
            room.rev += 1
            return ((), TopicJSON.memberUpdate(TopicJSON.member(member), epoch: room.epoch, rev: room.rev))
        }
    }

    func announceTyping(
        _ socket: String, epoch: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room in ((), TopicJSON.typing(socket, epoch: epoch)) }
    }

    func sweep(_ servers: [String], from room: RoomName, on loop: isolated EventLoop) async throws(StoreError) {}

    func renewLease(on loop: isolated EventLoop) async throws(StoreError) -> Leases? { nil }

    func heads(of rooms: [RoomName], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName: RoomHead] {
        state.withLock { state in
            var heads: [RoomName: RoomHead] = [:]
            for name in rooms {
                if let room = state.rooms[name] {
                    heads[name] = RoomHead(epoch: room.epoch, seq: room.seq, rev: room.rev)
                }
            }
            return heads
        }
    }

    func renew(_ room: RoomName, sockets: [String], on loop: isolated EventLoop) async throws(StoreError) {}

    /// Changes a room and publishes what the change says, under one lock: the order of numbers is the order of news.
    private func change<Result: Sendable>(
        _ name: RoomName, _ body: (inout Room) -> (Result, publish: [UInt8]?)
    ) -> Result {
        state.withLock { state in
            var room = state.rooms.removeValue(forKey: name) ?? Room()
            let (result, news) = body(&room)
            let isOpen = room.isOpen
            state.rooms[name] = room
            if let news, isOpen, let feed = state.feed {
                feed.loop.submit { loop in feed.open(on: loop).received(news[...], in: name, on: loop) }
            }
            return result
        }
    }
}
