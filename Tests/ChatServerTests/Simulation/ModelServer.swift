@testable import ChatServer
@testable import Rooms
@testable import WebSocket

/// A server: the pure pieces of `RoomHub`, driven as it drives them, by a process that can be frozen and killed.
final class ModelServer {
    /// What reaches a process on different ways, each in its order.
    enum Lane: Int, CaseIterable { case bus, calls, sockets, timers, hops }

    struct Options {
        var history = 50
        var pageBytes = 256 * 1024
        var budget = 1_048_576
        var ignoresHoles = false
    }

    let name: String
    let world: World
    let store: ModelStore
    let oracle: Oracle
    let options: Options
    let pageFrames: PageFrames
    private let bus: ModelBus
    private(set) var link = ModelBus.Link()

    var replica: RoomReplica
    var attendance = Attendance()
    var presence: Presence
    var swept: Set<String> = []
    var waiting: [(deadline: Int, resume: (Bool) -> Void)] = []
    var lastReading = 0
    var catchUps: [CatchUp] = []
    var pageReaders: [Int: [CatchUp]] = [:]
    var expectedHead: RoomHead?
    var headInterval = 1_000_000
    var nextHead = 0
    var nextSeat = 0
    /// The other servers that the roster named when it was last read.
    var named: Set<String> = []
    var isRenewing = false
    var isReadingHead = false
    private var stamp = 0

    private(set) var isAlive = true
    private(set) var isFrozen = false
    private(set) var isRoomOpen = false
    let startedAt: Int
    /// When its link was last cut, or its process frozen.
    var disturbedAt = 0
    private var inbox: [[() -> Void]] = Lane.allCases.map { _ in [] }

    /// How far the room has come on the sessions' loop.
    var position: RoomPosition?
    var sessions: [ConnectionID: ModelSession] = [:]
    /// Those whose connection has ended and who have something left to do.
    var departing: [ConnectionID: ModelSession] = [:]
    private var successors: [(ticket: JoinTicket, resume: () -> Void)] = []
    private var sessionCount: UInt64 = 0

    init(_ name: String, _ world: World, _ store: ModelStore, _ bus: ModelBus, options: Options) {
        (self.name, self.world, self.store, self.bus, self.options) = (name, world, store, bus, options)
        oracle = store.oracle
        replica = RoomReplica(historyCount: options.history)
        replica.ignoresHoles = options.ignoresHoles
        presence = Presence(server: name)
        pageFrames = PageFrames(
            server: name, limits: ClientLimits(text: 100, message: 1_000, history: options.history),
            pageBytes: options.pageBytes, rosterLimit: 1_000)
        startedAt = world.now
        link = bus.link(for: self)
        watch()
    }

    /// Whether it can be expected to notice who is dead.
    var mayJudge: Bool { isAlive && !isFrozen && isRoomOpen && link.isUp }

    func nextStamp() -> Int {
        stamp += 1
        return stamp
    }

    // MARK: The process

    /// Does what reaches the process, now or when it thaws; never when it is dead.
    func run(_ lane: Lane, _ body: @escaping () -> Void) {
        guard isAlive else { return }
        if isFrozen { inbox[lane.rawValue].append(body) } else { body() }
    }

    func after(_ delay: Int, _ lane: Lane, _ body: @escaping () -> Void) {
        world.after(delay) { [self] in run(lane, body) }
    }

    /// From one loop to another: soon, and in order.
    func hop(_ body: @escaping () -> Void) { after(50, .hops, body) }

    func kill() {
        world.note("\(name) is killed")
        isAlive = false
        bus.remove(link)
        for session in sessions.values.sorted(by: { $0.number < $1.number }) { session.connection.serverGone() }
        sessions = [:]
        departing = [:]
    }

    func freeze() {
        world.note("\(name) freezes")
        isFrozen = true
    }

    func thaw() {
        guard isFrozen, isAlive else { return }
        world.note("\(name) thaws")
        disturbedAt = world.now
        isFrozen = false
        let waiting = inbox
        inbox = Lane.allCases.map { _ in [] }
        var next = waiting.map { _ in 0 }
        // What waited on different ways may be taken up in any order.
        while isAlive {
            let left = next.indices.filter { next[$0] < waiting[$0].count }
            guard let lane = world.random.element(of: left) else { return }
            next[lane] += 1
            waiting[lane][next[lane] - 1]()
        }
    }

    func accept(_ connection: Connection, token: MemberToken?, position: RoomPosition?) {
        sessionCount += 1
        let id = ConnectionID(rawValue: sessionCount)
        let session = ModelSession(id, number: sessionCount, connection, on: self)
        connection.session = session
        sessions[id] = session
        session.join(token: token, position: position)
    }

    // MARK: The store, as `RedisChatStore.patiently`

    /// - Parameter deadline: in µs, where it is before the store's own patience is over.
    func call<Result>(
        by deadline: Int = .max, _ body: @escaping (ModelStore) -> Result, _ done: @escaping (Result?) -> Void
    ) {
        attempt(body, until: min(deadline, world.now + 5_000_000), pause: 20_000, done)
    }

    private func attempt<Result>(
        _ body: @escaping (ModelStore) -> Result, until deadline: Int, pause: Int, _ done: @escaping (Result?) -> Void
    ) {
        let (wasUp, known) = (store.isUp, replica.head)
        world.after(world.random.number(100, 3_000)) { [self] in
            // What a process had written when it was killed may still be carried out.
            if !isAlive, world.random.chance(50) { return }
            if wasUp, store.isUp {
                store.known = known
                let result = body(store)
                if !world.random.chance(store.replyLoss) {
                    return after(world.random.number(100, 3_000), .calls) { done(result) }
                }
            }
            after(pause, .calls) { [self] in
                if world.now >= deadline { return done(nil) }
                attempt(body, until: deadline, pause: min(pause * 2, 500_000), done)
            }
        }
    }

    // MARK: Coming and going, as `RoomHub`

    /// - Parameter deadline: in µs.
    func prepare(_ opening: CatchUp, by deadline: Int, completion: @escaping (Bool) -> Void) {
        if !isRoomOpen {
            isRoomOpen = true
            bus.subscribe(link)
        }
        attendance.prepare(opening)
        if replica.isLive { return completion(true) }
        waiting.append((deadline, completion))
    }

    func attached(_ ticket: JoinTicket, _ attachment: Attachment) {
        var displaced: Displaced?
        let isHere = attendance.attach(ticket, attachment, stamp: nextStamp(), displaced: &displaced)
        if let displaced { close(displaced) }
        if isHere { show(attachment.member, ticket, since: (attachment.epoch, attachment.rev)) }
    }

    private func show(_ member: Member, _ ticket: JoinTicket, since change: (epoch: String, rev: Int)? = nil) {
        if attendance.mayBegin(ticket) { act(on: replica.await(member, since: change)) }
    }

    func awaitTurn(_ ticket: JoinTicket, resume: @escaping () -> Void) {
        if attendance.mayBegin(ticket) { return resume() }
        successors.append((ticket, resume))
    }

    func finished(_ ticket: JoinTicket) {
        guard attendance.finish(ticket) else { return }
        if let next = attendance.attached[ticket.socket] { show(next.member, next.ticket) }
        let waiting = successors
        successors = waiting.filter { !attendance.mayBegin($0.ticket) }
        for successor in waiting where attendance.mayBegin(successor.ticket) { successor.resume() }
    }

    /// The session will not be attached after all.
    func withdrawn(_ ticket: JoinTicket) {
        finished(ticket)
        if attendance.detach(ticket) { act(on: replica.depart(ticket.socket)) }
    }

    func detached(_ ticket: JoinTicket, generation: Int?, hold: Int) {
        withdrawn(ticket)
        guard let generation else {
            return attendance.abandon(ticket.socket, until: world.instant.advanced(by: .seconds(60)))
        }
        if hold <= 0 { return leave(ticket.socket, generation: generation) }
        attendance.hold(ticket.socket, generation: generation)
        after(hold, .timers) { [self] in leave(ticket.socket, generation: generation) }
    }

    func leave(_ socket: String, generation: Int) {
        attendance.release(socket, generation: generation)
        call { [self] in
            let isConnected = sessions.values.contains { $0.holds(socket, generation: generation) }
            return $0.leave(socket, generation: generation, server: name, isConnected: isConnected)
        } _: { [self] done in
            if done == nil { after(1_000_000, .timers) { [self] in leave(socket, generation: generation) } }
        }
    }

    func close(_ displaced: Displaced) {
        hop { [self] in
            let id = displaced.connection
            (departing[id] ?? sessions[id])?.displaced(mayFinish: displaced.mayFinish)
        }
    }

    // MARK: What the replica asks for

    func confirmed() { act(on: replica.confirmed()) }

    func received(_ payload: RoomPayload) { act(on: replica.receive(payload)) }

    func disconnected() {
        presence.interrupted()
        replica.disconnected()
    }

    func act(on outputs: [RoomReplica.Output]) {
        var joined: [CatchUp] = []
        for output in outputs {
            switch output {
            case .event(let event): say(event)
            case .joined(let socket, _):
                if let opening = attendance.open(socket) { joined.append(opening) }
            case .read(let request, let number): read(request, number: number, begun: nextStamp())
            case .moved(let socket, let generation):
                guard let displaced = attendance.move(socket, generation: generation) else { continue }
                close(displaced)
                _ = replica.depart(socket)
            case .removed(let socket):
                if let member = attendance.attached[socket] { putBack(member) }
            case .junk: world.note("\(name) drops junk")
            case .unknown: world.note("\(name) passes an unknown event over")
            }
        }
        for opening in joined { catchUp(opening) }
        guard replica.isLive else { return }
        let joins = waiting
        waiting = []
        for join in joins { join.resume(true) }
        let behind = catchUps
        catchUps = []
        for catchUp in behind { self.catchUp(catchUp) }
    }

    private func say(_ event: RoomEvent) {
        headInterval = 1_000_000
        nextHead = min(nextHead, world.now + headInterval)
        if event.kind == .reset {
            hop { [self] in
                for session in sessions.values.sorted(by: { $0.number < $1.number }) { session.logEnded() }
            }
        } else {
            broadcast(TopicJSON.event(event), mark: event.kind.mark, event.position)
        }
    }

    private func broadcast(_ json: [UInt8], mark: Int, _ position: RoomPosition) {
        let frame = ModelFrame(json: json, mark: mark)
        hop { [self] in
            self.position = position
            for session in sessions.values.sorted(by: { $0.number < $1.number }) where session.isSubscribed {
                session.send(frame)
            }
        }
    }

    private func read(_ request: RoomReading.Request, number: Int, begun: Int) {
        guard replica.isReading(number) else { return }
        call {
            $0.read(request)
        } _: { [self] reading in
            guard let reading else {
                return after(200_000, .timers) { [self] in read(request, number: number, begun: begun) }
            }
            if replica.isReading(number) { lastReading = begun }
            act(on: replica.complete(reading, number: number))
            reconcile(with: reading, begun: begun)
        }
    }
}
