import Transport
import WebSocket

/// The rooms with members on this server, each with its replica; lives on the loop that listens to the store.
///
/// What a room has to say is encoded once, collected during the tick, and handed to each loop as one ordered batch.
final class RoomHub {
    struct Options: Sendable {
        /// Messages shown on joining.
        var history = 50
        /// And their bytes, at most.
        var historyBytes = 524_288
        /// Rooms open at once.
        var maximumRooms = 10_000
        /// Bytes of UTF-8 in the longest text.
        var textLimit = 8_192
        /// How long a join may wait for its room.
        var patience: Duration = .seconds(5)
        /// How long a room stays open after its last member here has left.
        var linger: Duration = .seconds(30)
        var limits = ClientLimits(text: 8_192, message: 65_536, history: 50)
    }

    private struct OpenRoom {
        var replica: RoomReplica
        var tickets: [String: JoinTicket] = [:]
        /// Sessions here, those still joining included.
        var sockets: Set<String> = []
        var waiting: [(deadline: ContinuousClock.Instant, resume: (Result<Void, StoreError>) -> Void)] = []
        /// When the last member left.
        var emptySince: ContinuousClock.Instant?
    }

    /// A page of history that goes out in one piece.
    private static let openingBytes = 256 * 1024

    private let store: any ChatStore
    private let server: WebSocketServer
    private let serverName: String
    private let options: Options
    private var rooms: [RoomName: OpenRoom] = [:]
    private var batches: [[Delivery]]
    private var isBatchDue = false
    private var lookAround: TimerToken?
    private var nextRenewal: ContinuousClock.Instant?
    private var junk = OccasionalWarning("payloads that no server of ours can have published")

    init(store: any ChatStore, server: WebSocketServer, serverName: String, options: Options) {
        self.store = store
        self.server = server
        self.serverName = serverName
        self.options = options
        batches = server.group.loops.map { _ in [] }
    }

    var roomCount: Int { rooms.count }

    // MARK: Coming and going

    /// Opens the room if need be; completes when it is up to date, so that the join will be seen by its replica.
    func prepare(
        _ ticket: JoinTicket, on loop: isolated EventLoop, completion: @escaping (Result<Void, StoreError>) -> Void
    ) {
        if rooms[ticket.room] == nil {
            if rooms.count >= options.maximumRooms {
                return completion(.failure(.unavailable("too many rooms are open")))
            }
            rooms[ticket.room] = OpenRoom(
                replica: RoomReplica(historyCount: options.history, historyBytes: options.historyBytes))
            store.open(ticket.room)
        }
        rooms[ticket.room]?.emptySince = nil
        rooms[ticket.room]?.sockets.insert(ticket.socket)
        rooms[ticket.room]?.tickets[ticket.socket] = ticket
        rooms[ticket.room]?.replica.await(ticket.socket)
        if rooms[ticket.room]?.replica.isLive == true { return completion(.success(())) }
        rooms[ticket.room]?.waiting.append((loop.now.advanced(by: options.patience), completion))
        lookAroundSoon(on: loop)
    }

    /// The store has the join: if the room hasn't heard of it in a second, it looks.
    func joined(_ ticket: JoinTicket, on loop: isolated EventLoop) {
        if rooms[ticket.room]?.tickets[ticket.socket] != nil { lookAroundSoon(on: loop) }
    }

    func leave(_ ticket: JoinTicket, on loop: isolated EventLoop) {
        let room = ticket.room
        rooms[room]?.tickets[ticket.socket] = nil
        rooms[room]?.replica.stopAwaiting(ticket.socket)
        rooms[room]?.sockets.remove(ticket.socket)
        if rooms[room]?.sockets.isEmpty == true {
            rooms[room]?.emptySince = loop.now
            lookAroundSoon(on: loop)
        }
    }

    private func resumeWaiting(in room: RoomName) {
        guard rooms[room]?.replica.isLive == true, let waiting = rooms[room]?.waiting, !waiting.isEmpty else { return }
        rooms[room]?.waiting = []
        for waiter in waiting { waiter.resume(.success(())) }
    }

    // MARK: What the replicas ask for

    private func act(on outputs: [RoomReplica.Output], in room: RoomName, on loop: isolated EventLoop) {
        for output in outputs {
            switch output {
            case .broadcast(let json):
                let frame = SharedFrame.text(json)
                for index in batches.indices { deliver(.broadcast(room, frame), toLoop: index, on: loop) }
            case .joined(let socket, let opening):
                guard let ticket = rooms[room]?.tickets.removeValue(forKey: socket) else { continue }
                deliver(.opening(ticket, frames(of: opening, for: ticket)), toLoop: ticket.session.loop, on: loop)
            case .read(let request, let number):
                read(request, number: number, of: room, on: loop)
            case .junk:
                junk.count(at: loop.now)
            }
        }
        resumeWaiting(in: room)
    }

    private func read(_ request: RoomReading.Request, number: Int, of room: RoomName, on loop: isolated EventLoop) {
        Task {
            // Until it has been read, or the room is closed, or a later reading has taken its place.
            while rooms[room] != nil {
                do throws(StoreError) {
                    let reading = try await store.read(request, of: room, on: loop)
                    guard let outputs = rooms[room]?.replica.complete(reading, number: number) else { return }
                    return act(on: outputs, in: room, on: loop)
                } catch {
                    Log.warning("room \(room) could not be read: \(error)")
                }
                guard rooms[room]?.replica.isReading(number) == true else { return }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    // MARK: Batches

    private func deliver(_ delivery: Delivery, toLoop index: Int, on loop: isolated EventLoop) {
        batches[index].append(delivery)
        if isBatchDue { return }
        isBatchDue = true
        loop.atEndOfTick(self)
    }

    /// welcome, roster, messages: what is read before anything that the room says from now on.
    private func frames(of opening: RoomReplica.Opening, for ticket: JoinTicket) -> [SharedFrame] {
        guard let member = opening.roster[ticket.socket] else { return [] }
        let welcome = TopicJSON.welcome(
            member, token: ticket.token, room: ticket.room, epoch: opening.epoch, seq: opening.seq, server: serverName,
            limits: options.limits)
        let members = opening.roster.map { (socket: $0.key, json: TopicJSON.member($0.value)) }
        let roster = TopicJSON.memberHistory(members, epoch: opening.epoch, rev: opening.rev)
        var size = 0
        let first = opening.messages.prefix { message in
            size += message.json.count + 1
            return size <= Self.openingBytes
        }
        let rest = opening.messages.dropFirst(first.count).map { TopicJSON.message($0.json, epoch: opening.epoch) }
        return ([welcome, roster, TopicJSON.messageHistory(first, epoch: opening.epoch)] + rest).map(SharedFrame.text)
    }

    // MARK: Once a second, while there is reason to

    private func lookAroundSoon(on loop: isolated EventLoop) {
        if lookAround == nil { lookAround = loop.schedule(self, after: .seconds(1)) }
    }

    private func closeEmptyRooms(on loop: isolated EventLoop) {
        for (name, room) in rooms {
            guard let since = room.emptySince, since.advanced(by: options.linger) <= loop.now else { continue }
            rooms[name] = nil
            store.close(name)
        }
    }

    private func giveUpWaiting(on loop: isolated EventLoop) {
        for name in Array(rooms.keys) {
            guard let waiting = rooms[name]?.waiting, !waiting.isEmpty else { continue }
            rooms[name]?.waiting = waiting.filter { $0.deadline > loop.now }
            for waiter in waiting where waiter.deadline <= loop.now {
                waiter.resume(.failure(.unavailable("the room can't be read")))
            }
        }
    }

    /// Keys live for a day, and are renewed every hour.
    private func renew(on loop: isolated EventLoop) {
        let due = nextRenewal ?? loop.now.advanced(by: .seconds(3600))
        nextRenewal = due
        guard due <= loop.now else { return }
        nextRenewal = loop.now.advanced(by: .seconds(3600))
        for (name, room) in rooms where !room.sockets.isEmpty {
            Task {
                do { try await store.renew(name, sockets: Array(room.sockets), on: loop) } catch {
                    Log.warning("room \(name) could not be renewed: \(error)")
                }
            }
        }
    }
}

extension RoomHub: TickHandler {
    func tickEnds(on loop: isolated EventLoop) {
        isBatchDue = false
        for index in batches.indices where !batches[index].isEmpty {
            let batch = batches[index]
            batches[index] = []
            server.perform(onLoop: index, from: loop) { context, loop in
                for delivery in batch { ChatSession.take(delivery, in: context, on: loop) }
            }
        }
    }
}

extension RoomHub: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        lookAround = nil
        giveUpWaiting(on: loop)
        closeEmptyRooms(on: loop)
        renew(on: loop)
        for (name, room) in rooms where !room.tickets.isEmpty && room.replica.isLive {
            if let outputs = rooms[name]?.replica.suspect() { act(on: outputs, in: name, on: loop) }
        }
        if !rooms.isEmpty { lookAroundSoon(on: loop) }
    }
}

extension RoomHub: RoomFeed {
    func confirmed(_ room: RoomName, on loop: isolated EventLoop) {
        guard let outputs = rooms[room]?.replica.confirmed() else { return }
        act(on: outputs, in: room, on: loop)
    }

    func received(_ payload: ArraySlice<UInt8>, in room: RoomName, on loop: isolated EventLoop) {
        guard rooms[room] != nil else { return }
        guard let payload = RoomPayload(payload, sizeLimit: RoomPayload.sizeLimit(text: options.textLimit)) else {
            return junk.count(at: loop.now)
        }
        if let outputs = rooms[room]?.replica.receive(payload) { act(on: outputs, in: room, on: loop) }
    }

    func disconnected(on loop: isolated EventLoop) {
        for name in Array(rooms.keys) { rooms[name]?.replica.disconnected() }
    }
}
