package import Transport

/// The rooms with members on this server, each with its replica; lives on the loop that listens to the store.
///
/// What a room has to say goes to the audience, as events.
package final class RoomHub {
    package struct Options: Sendable {
        /// Messages shown on joining.
        package var history = 50
        /// Rooms open at once.
        package var maximumRooms = 10_000
        /// Members above which only their number is told.
        package var rosterLimit = 1_000
        /// How long a room stays open after its last member here has left.
        package var linger: Duration = .seconds(30)
        /// How long an attachment without an answer may still turn up.
        package var abandonment: Duration = .seconds(60)
        /// Bytes in one step of catching up.
        package var pageBytes = 256 * 1024
        /// Bytes of the largest payload that is shown; what is larger is told as a gap.
        package var shownLimit = 512 * 1024
        /// For proving that the checker finds what goes wrong; debug builds alone know it.
        package var ignoresHoles = false

        package init() {}
    }

    let store: any ChatStore
    let audience: any RoomAudience
    let serverName: String
    let options: Options
    var portions = Portions<Job>()
    var rooms: [RoomName: OpenRoom] = [:]
    var presence: Presence
    /// Set when the server goes away: its members stay, for they come back elsewhere.
    package var isDraining = false {
        didSet { if isDraining { departures.end() } }
    }
    private let departures: Departures
    /// Counts attachments and readings, so that each knows which came first.
    private(set) var stamp = 0
    var isTickAwaited = false
    /// Dead servers whose members have been taken out of every open room.
    var swept: Set<String> = []
    /// Rooms that are to be swept, and when.
    var sweepsDue = DueQueue<RoomName>()
    var isSweeping = false
    var watch: TimerToken?
    var isRenewing = false
    var isReadingHeads = false
    /// When each open room's head is to be looked at.
    var headsDue = DueQueue<RoomName>()
    var nextRenewal: ContinuousClock.Instant?
    let meter: RoomMeter
    private var junk = OccasionalWarning("payloads that no server of ours can have published")

    package init(
        store: any ChatStore, audience: any RoomAudience, serverName: String, options: Options,
        meter: RoomMeter = RoomMeter()
    ) {
        self.meter = meter
        self.store = store
        departures = Departures { departure, loop async throws(StoreError) in
            try await store.leave(
                departure.socket, generation: departure.generation, from: departure.room, on: loop)
        }
        self.audience = audience
        self.serverName = serverName
        self.options = options
        presence = Presence(server: serverName)
    }

    func nextStamp() -> Int {
        stamp += 1
        return stamp
    }

    // MARK: Coming and going

    /// Opens the room if need be; completes when it is up to date.
    /// - Parameter deadline: when it has failed.
    package func prepare(
        _ opening: CatchUp, by deadline: ContinuousClock.Instant, on loop: isolated EventLoop,
        completion: @escaping (Result<Void, StoreError>) -> Void
    ) {
        let name = opening.ticket.room
        guard let room = rooms[name] ?? open(name, on: loop) else {
            return completion(.failure(.unavailable("\(rooms.count) rooms are open already")))
        }
        room.emptySince = nil
        room.attendance.prepare(opening)
        if room.replica.isLive { return completion(.success(())) }
        room.waiting.append((deadline, completion))
    }

    private func open(_ name: RoomName, on loop: isolated EventLoop) -> OpenRoom? {
        if rooms.count >= options.maximumRooms { return nil }
        var replica = RoomReplica(historyCount: options.history)
        #if DEBUG
            replica.ignoresHoles = options.ignoresHoles
        #endif
        let room = OpenRoom(name, replica: replica)
        rooms[name] = room
        headsDue.schedule(name, at: loop.now.advanced(by: .seconds(1)))
        meter.count { $0.openedRooms += 1 }
        store.open(name)
        return room
    }

    /// The store has the member: it is shown the room as soon as the room shows it.
    package func attached(_ ticket: JoinTicket, _ attachment: Attachment, on loop: isolated EventLoop) {
        guard let room = rooms[ticket.room] else { return }
        var displaced: Displaced?
        let isHere = room.attendance.attach(ticket, attachment, stamp: nextStamp(), displaced: &displaced)
        if let displaced { close(displaced, on: loop) }
        // The same member has come in twice at once, and the other connection was the later one here.
        if !isHere { return close(Displaced(connection: ticket.connection, mayFinish: false), on: loop) }
        show(attachment.member, ticket, since: (attachment.epoch, attachment.rev), in: room, on: loop)
    }

    package func renamed(_ member: Member, in name: RoomName) {
        rooms[name]?.attendance.rename(member)
        rooms[name]?.replica.share(member)
    }

    func forget(_ ticket: JoinTicket, on loop: isolated EventLoop) -> OpenRoom? {
        guard let room = rooms[ticket.room] else { return nil }
        finished(ticket, on: loop)
        if room.attendance.detach(ticket) { act(on: room.replica.depart(ticket.socket), in: room, on: loop) }
        if room.attendance.isUnused { room.emptySince = loop.now }
        return room
    }

    /// The session has ended, or will not be attached after all.
    /// - Parameters:
    ///   - generation: nil where the store's answer never came.
    ///   - hold: how long its member may come back before it leaves.
    package func detached(_ ticket: JoinTicket, generation: Int?, hold: Duration, on loop: isolated EventLoop) {
        guard let room = forget(ticket, on: loop), !isDraining else { return }
        guard let generation else {
            return room.attendance.abandon(ticket.socket, until: loop.now.advanced(by: options.abandonment))
        }
        if hold <= .zero { return leave(ticket.socket, generation: generation, from: ticket.room, on: loop) }
        room.attendance.hold(ticket.socket, generation: generation)
        _ = loop.schedule(HeldMember(ticket.socket, generation, ticket.room, hub: self), after: hold)
    }

    /// Until the store has it: a member must not stay for want of an answer.
    func leave(_ socket: String, generation: Int, from name: RoomName, on loop: isolated EventLoop) {
        rooms[name]?.attendance.release(socket, generation: generation)
        if !isDraining { departures.add(.init(socket: socket, generation: generation, room: name), on: loop) }
    }

    // MARK: What the replicas ask for

    func act(on outputs: [RoomReplica.Output], in room: OpenRoom, on loop: isolated EventLoop) {
        var joined: [CatchUp] = []
        for output in outputs {
            switch output {
            case .event(let event):
                take(event, in: room, on: loop)
            case .joined(let socket, _):
                if let opening = room.attendance.open(socket) { joined.append(opening) }
            case .read(let request, let number):
                read(request, number: number, of: room, on: loop)
            case .moved(let socket, let generation):
                guard let displaced = room.attendance.move(socket, generation: generation) else { continue }
                close(displaced, on: loop)
                _ = room.replica.depart(socket)
            case .removed(let socket):
                if let member = room.attendance.attached[socket] { putBack(member, in: room, on: loop) }
            case .junk:
                countJunk(on: loop)
            case .unknown:
                meter.count { $0.unknownEvents += 1 }
            }
        }
        remember(room)
        watchPace(of: room, on: loop)
        // With the room as it is when all of this has been said.
        for opening in joined { catchUp(opening, on: loop) }
        guard room.replica.isLive else { return }
        let waiting = room.waiting
        room.waiting = []
        for waiter in waiting { perform(.resume(waiter.resume), on: loop) }
        let catchUps = room.catchUps
        room.catchUps = []
        for catchUp in catchUps { self.catchUp(catchUp, on: loop) }
    }

    /// Whatever the store is asked to change is told how far this server has shown the room.
    private func remember(_ room: OpenRoom) {
        let head = room.replica.head
        guard head != room.rememberedHead else { return }
        room.rememberedHead = head
        store.remember(head, of: room.name)
    }

    private func countJunk(on loop: isolated EventLoop) {
        meter.count { $0.junk += 1 }
        junk.count(at: loop.now)
    }

    private func take(_ event: RoomEvent, in room: OpenRoom, on loop: isolated EventLoop) {
        lookSoon(at: room, on: loop)
        switch event.kind {
        case .message, .gap, .typing, .count: tell(event, in: room, on: loop)
        case .joined, .renamed, .left: tellOfRoster(event, in: room, on: loop)
        case .reset:
            stopGathering(in: room, on: loop)
            // Everybody has a position that means nothing any more, and is brought up to date as whoever comes back.
            audience.logEnds(in: room.name, on: loop)
            awaitEndOfTick(on: loop)
        }
    }

    func tell(_ event: RoomEvent, in room: OpenRoom, on loop: isolated EventLoop) {
        audience.tell(event, in: room.name, on: loop)
        awaitEndOfTick(on: loop)
    }

    private func read(_ request: RoomReading.Request, number: Int, of room: OpenRoom, on loop: isolated EventLoop) {
        let began = nextStamp()
        Task {
            // Until it has been read, or the room is closed, or a later reading has taken its place.
            while rooms[room.name] === room, room.replica.isReading(number) {
                do throws(StoreError) {
                    let reading = try await store.read(request, of: room.name, on: loop)
                    guard rooms[room.name] === room else { return }
                    if room.replica.isReading(number) { room.lastReading = began }
                    act(on: room.replica.complete(reading, number: number), in: room, on: loop)
                    return reconcile(room, with: reading, begun: began, on: loop)
                } catch {
                    Log.warning("room \(room.name) could not be read: \(error)")
                    if error.isLaterFormat { refuse(room, error, on: loop) }
                }
                await loop.sleep(for: .milliseconds(200))
            }
        }
    }
}

extension RoomHub {
    /// Nobody here can be shown the room: those who want to come in and those who are in it go elsewhere, and it is closed
    /// once they have gone.
    private func refuse(_ room: OpenRoom, _ error: StoreError, on loop: isolated EventLoop) {
        let waiting = room.waiting
        room.waiting = []
        for waiter in waiting { waiter.resume(.failure(error)) }
        audience.refused(room.name, on: loop)
        awaitEndOfTick(on: loop)
    }
}

extension RoomHub: RoomFeed {
    package func confirmed(_ name: RoomName, on loop: isolated EventLoop) {
        guard let room = rooms[name] else { return }
        act(on: room.replica.confirmed(), in: room, on: loop)
    }

    package func received(_ payload: ArraySlice<UInt8>, in name: RoomName, on loop: isolated EventLoop) {
        guard let room = rooms[name] else { return }
        // Another server takes longer texts than can be shown here: the reading tells that one is left out.
        if payload.count > options.shownLimit { return act(on: room.replica.suspect(), in: room, on: loop) }
        guard let payload = RoomPayload(payload, sizeLimit: options.shownLimit) else { return countJunk(on: loop) }
        act(on: room.replica.receive(payload), in: room, on: loop)
    }

    package func disconnected(on loop: isolated EventLoop) {
        presence.interrupted()
        for room in rooms.values { room.replica.disconnected() }
    }
}

/// A member whose connection has ended; when it fires it hasn't come back.
private final class HeldMember: TimerHandler {
    private let (socket, generation, room): (String, Int, RoomName)
    private let hub: RoomHub

    init(_ socket: String, _ generation: Int, _ room: RoomName, hub: RoomHub) {
        (self.socket, self.generation, self.room) = (socket, generation, room)
        self.hub = hub
    }

    func timerFired(on loop: isolated EventLoop) {
        // Whoever has come back has a later generation: then this changes nothing.
        hub.leave(socket, generation: generation, from: room, on: loop)
    }
}
