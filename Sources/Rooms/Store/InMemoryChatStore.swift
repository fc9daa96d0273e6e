package import Transport

/// The embedded store: rooms in this process alone, gone when it ends.
package final class InMemoryChatStore: ChatStore {
    /// What it keeps beyond its members: nothing is unbounded.
    package struct Limits: Sendable {
        /// Rooms; those without members are forgotten, the longest unused first.
        var rooms = 10_000
        /// Sends that may be repeated, in all rooms together, and for how long.
        var sends = 100_000
        var repeatWindow: Duration = .seconds(300)
        /// Members a room that have left and may come back.
        var sessions = 1_000
    }

    private struct Room {
        var epoch = RandomText.epoch
        var seq = 0
        var rev = 0
        var messages: [StoredMessage] = []
        var members: [String: StoredMember] = [:]
        var sessions: [String: Session] = [:]
        /// Oldest first.
        var sessionOrder: [String] = []
        var isOpen = false
        /// When it was last used, counted in uses.
        var lastUse = 0

        var mayBeForgotten: Bool { members.isEmpty && !isOpen }

        /// Remembers a session, and forgets the oldest of those who are not here beyond a limit.
        mutating func remember(_ session: Session, limit: Int) {
            let socket = session.stored.member.socket
            if sessions.updateValue(session, forKey: socket) == nil { sessionOrder.append(socket) }
            guard sessionOrder.count > limit,
                let oldest = sessionOrder.firstIndex(where: { members[$0] == nil })
            else { return }
            sessions[sessionOrder.remove(at: oldest)] = nil
        }
    }

    private struct Session {
        var stored: StoredSession
        var generation: Int
        var attempt: String
        var opened: ContinuousClock.Instant
    }

    private struct State {
        var rooms: [RoomName: Room] = [:]
        var uses = 0
        var sends: RecentSends
        var feed: LoopBound<any RoomFeed>?
    }

    private let state: Locked<State>
    private let limits: Limits
    private let retention: Int
    private let server: String
    private let wallClock: @Sendable () -> Int64

    /// - Parameters:
    ///   - retention: messages kept a room.
    ///   - wallClock: Unix milliseconds.
    package init(
        retention: Int, server: String, limits: Limits = Limits(), wallClock: @escaping @Sendable () -> Int64
    ) {
        state = Locked(State(sends: RecentSends(window: limits.repeatWindow, limit: limits.sends)))
        self.limits = limits
        self.retention = retention
        self.server = server
        self.wallClock = wallClock
    }

    package var summary: String { "embedded store: rooms live in this process alone and are gone when it ends" }
    package var problem: String? { nil }

    package func start(_ feed: LoopBound<any RoomFeed>) async { state.withLock { $0.feed = feed } }

    package func stop() async { state.withLock { $0.feed = nil } }

    package func open(_ room: RoomName) {
        state.withLock { state in
            use(room, &state) { room, _ in room.isOpen = true }
            let feed = state.feed
            feed?.loop.submit { loop in feed?.open(on: loop).confirmed(room, on: loop) }
        }
    }

    package func close(_ room: RoomName) { state.withLock { $0.rooms[room]?.isOpen = false } }

    /// Nobody puts its data back.
    package func remember(_ head: RoomHead?, of room: RoomName) {}

    // MARK: Reading

    package func read(
        _ request: RoomReading.Request, of room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> RoomReading {
        state.withLock { state in
            let found = use(room, &state) { room, _ in room }
            let messages: ArraySlice<StoredMessage>
            var isPartial = false
            switch request {
            case .newest(let count), .fresh(let count, _):
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

    package func page(
        before seq: Int?, limit: Int, of room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> MessagePage {
        state.withLock { state in
            let found = state.rooms[room]
            let earlier = (found?.messages ?? []).prefix { $0.seq < seq ?? .max }
            return MessagePage(
                epoch: found?.epoch ?? "", messages: Array(earlier.suffix(limit)), isComplete: earlier.count <= limit)
        }
    }

    // MARK: Changing

    package func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) -> Receipt {
        keep(message, in: room, on: loop)
    }

    package func append(
        _ message: OutgoingMessage, to room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop, completion: @escaping AppendCompletion
    ) -> Result<Receipt, StoreError>? {
        .success(keep(message, in: room, on: loop))
    }

    private func keep(_ message: OutgoingMessage, in room: RoomName, on loop: isolated EventLoop) -> Receipt {
        let key = RecentSends.Key(room: room, socket: message.member.socket, id: message.id)
        let now = loop.now
        return change(room) { room, sends in
            // A receipt of a room that was forgotten since is worth nothing.
            if let known = sends.receipt(of: key, at: now), known.epoch == room.epoch { return (known, nil) }
            room.seq += 1
            let json = StoreFormat.message(message, seq: room.seq, date: wallClock())
            room.messages.append(StoredMessage(seq: room.seq, json: json))
            if room.messages.count > retention { room.messages.removeFirst(room.messages.count - retention) }
            let receipt = Receipt(epoch: room.epoch, seq: room.seq)
            sends.record(receipt, of: key, at: now)
            return (receipt, StoreFormat.message(json, epoch: room.epoch))
        }
    }

    package func exists(
        _ room: RoomName, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        state.withLock { $0.rooms[room] != nil }
    }

    package func session(
        of socket: String, in room: RoomName, by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> StoredSession? {
        state.withLock { $0.rooms[room]?.sessions[socket]?.stored }
    }

    package func attach(
        _ member: Member, secret: String, attempt: String, opened: ContinuousClock.Instant, to room: RoomName,
        by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment? {
        change(room) { room, _ in
            let known = room.sessions[member.socket]
            if let present = room.members[member.socket], known?.attempt == attempt {
                return (Self.attachment(present, in: room), nil)
            }
            // The same tolerance as with Redis: two connections at once are none left behind for the other.
            if let known, known.opened > opened + RedisClock.tolerance { return (nil, nil) }
            let present = room.members[member.socket]
            var member = present?.member ?? member
            if present == nil { member.joined = wallClock() }
            // Never below the clock, so that it counts on where a session has been forgotten.
            let last = max(present?.generation ?? 0, known?.generation ?? 0)
            let generation = max(last + 1, Int(wallClock()))
            let stored = StoredMember(member: member, server: server, generation: generation)
            room.members[member.socket] = stored
            let session = Session(
                stored: StoredSession(secret: secret, member: member), generation: generation, attempt: attempt,
                opened: max(opened, known?.opened ?? opened))
            room.remember(session, limit: limits.sessions)
            room.rev += 1
            let news =
                present == nil
                ? StoreFormat.memberAdd(StoreFormat.member(member), epoch: room.epoch, rev: room.rev)
                : StoreFormat.moved(
                    member.socket, server: server, generation: generation, epoch: room.epoch, rev: room.rev)
            return (Self.attachment(stored, in: room), news)
        }
    }

    private static func attachment(_ stored: StoredMember, in room: Room) -> Attachment {
        Attachment(member: stored.member, generation: stored.generation, epoch: room.epoch, rev: room.rev)
    }

    package func putBack(
        _ member: Member, secret: String, generation: Int, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        change(room) { room, _ in
            let present = room.members[member.socket]
            if max(present?.generation ?? 0, room.sessions[member.socket]?.generation ?? 0) > generation {
                return (false, nil)
            }
            if present?.generation == generation { return (true, nil) }
            room.members[member.socket] = StoredMember(member: member, server: server, generation: generation)
            room.rev += 1
            return (true, StoreFormat.memberAdd(StoreFormat.member(member), epoch: room.epoch, rev: room.rev))
        }
    }

    package func leave(
        _ socket: String, generation: Int, from room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room, _ in
            guard room.members[socket]?.generation == generation else { return ((), nil) }
            room.members[socket] = nil
            room.rev += 1
            return ((), StoreFormat.memberDelete(socket, epoch: room.epoch, rev: room.rev))
        }
    }

    package func rename(
        _ member: Member, generation: Int, in room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room, _ in
            guard room.members[member.socket]?.generation == generation else { return ((), nil) }
            if room.members[member.socket]?.member == member { return ((), nil) }
            room.members[member.socket]?.member = member
            if let session = room.sessions[member.socket] {
                room.sessions[member.socket]?.stored = StoredSession(secret: session.stored.secret, member: member)
            }
            room.rev += 1
            return ((), StoreFormat.memberUpdate(StoreFormat.member(member), epoch: room.epoch, rev: room.rev))
        }
    }

    package func announceTyping(
        _ socket: String, epoch: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        change(room) { room, _ in ((), StoreFormat.typing(socket, epoch: epoch)) }
    }

    package func sweep(_ servers: [String], from room: RoomName, on loop: isolated EventLoop) async throws(StoreError) {
    }

    package func renewLease(on loop: isolated EventLoop) async throws(StoreError) -> Leases? { nil }

    package func heads(of rooms: [RoomName], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName:
        RoomHead]
    {
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

    package func missing(_ rooms: [RoomSeats], on loop: isolated EventLoop) async throws(StoreError) -> [RoomName:
        [String]]
    {
        [:]
    }

    package func renew(_ room: RoomName, sockets: [String], on loop: isolated EventLoop) async throws(StoreError) {}

    /// Changes a room and publishes what the change says, under one lock: the order of numbers is the order of news.
    private func change<Result: Sendable>(
        _ name: RoomName, _ body: (inout Room, inout RecentSends) -> (Result, publish: [UInt8]?)
    ) -> Result {
        state.withLock { state in
            let (result, news, isOpen) = use(name, &state) { room, sends in
                let (result, news) = body(&room, &sends)
                return (result, news, room.isOpen)
            }
            if let news, isOpen, let feed = state.feed {
                feed.loop.submit { loop in feed.open(on: loop).received(news[...], in: name, on: loop) }
            }
            return result
        }
    }

    /// The room, made if there is none; then the longest unused are forgotten where there are too many.
    private func use<Result>(
        _ name: RoomName, _ state: inout State, _ body: (inout Room, inout RecentSends) -> Result
    ) -> Result {
        // Taken out, so that it is changed in place.
        let known = state.rooms.removeValue(forKey: name)
        var room = known ?? Room()
        state.uses += 1
        room.lastUse = state.uses
        let result = body(&room, &state.sends)
        while known == nil, state.rooms.count >= limits.rooms {
            let idle = state.rooms.lazy.filter(\.value.mayBeForgotten)
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
            state.rooms[oldest.key] = nil
        }
        state.rooms[name] = room
        return result
    }
}
