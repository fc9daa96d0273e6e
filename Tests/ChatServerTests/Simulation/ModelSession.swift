import Foundation

@testable import ChatServer
@testable import WebSocket

/// A frame on its way, encoded once and read once.
final class ModelFrame {
    let json: [UInt8]
    let mark: Int
    lazy var event = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:]

    init(json: [UInt8], mark: Int = 0) { (self.json, self.mark) = (json, mark) }

    var topic: String { event["topic"] as? String ?? "" }
    var epoch: String? { event["epoch"] as? String }
}

/// A connection's server side: `ChatSession`, and what `WebSocketSession` does with the frames that wait.
final class ModelSession {
    let id: WebSocketSession.ID
    let number: UInt64
    let connection: Connection
    private let server: ModelServer
    private let openedAt: Int
    private var cursor = SessionCursor()
    private var member: Member
    private var ticket: JoinTicket?
    private var attachment: Attachment?
    private var isEnded = false
    private var isClosing = false
    private(set) var isSubscribed = false
    private var requests: [Connection.Request] = []
    private var isWorking = false
    // The connection's outbox.
    private var outbox: [ModelFrame] = []
    private var isHeadStarted = false
    private var isFlushing = false
    private var isDrainAwaited = false
    private var isSlow = false
    private var unread: [Connection.Request] = []

    init(_ id: WebSocketSession.ID, number: UInt64, _ connection: Connection, on server: ModelServer) {
        (self.id, self.number, self.connection, self.server) = (id, number, connection, server)
        openedAt = server.world.now
        let socket = "\(server.name)-\(number)"
        member = Member(socket: socket, username: "Ada", avatar: "/avatars/\(socket).svg", joined: 0)
    }

    private var world: World { server.world }

    func holds(_ socket: String, generation: Int) -> Bool {
        !isEnded && !isClosing && member.socket == socket && attachment?.generation == generation
    }

    // MARK: Coming in

    func join(token: MemberToken?, position: RoomPosition?) {
        guard let token else { return enter(secret: "secret-\(member.socket)", position: position) }
        server.call {
            $0.session(of: token.socket)
        } _: { [self] known in
            guard let known else { return giveUp() }
            if isEnded { return }
            guard let known, token.hasSecret(known.secret) else {
                return enter(secret: "secret-\(member.socket)", position: position)
            }
            member = known.member
            enter(secret: token.secret, position: position)
        }
    }

    private func enter(secret: String, position: RoomPosition?) {
        let ticket = JoinTicket(session: id, room: .lobby, socket: member.socket, secret: secret)
        self.ticket = ticket
        let opening = CatchUp(ticket: ticket, stage: .opening, position: position)
        server.hop { [self] in
            server.prepare(opening) { [self] isReady in
                server.hop { [self] in
                    guard isReady else { return giveUp() }
                    if isEnded { return server.hop { [self] in server.detached(ticket, generation: nil, hold: 0) } }
                    attach(ticket)
                }
            }
        }
    }

    private func attach(_ ticket: JoinTicket) {
        let (member, attempt, name, opened) = (member, "\(server.name)/\(number)", server.name, openedAt)
        server.call {
            $0.attach(member, secret: ticket.secret, attempt: attempt, opened: opened, server: name)
        } _: { [self] answer in
            guard let answer else { return giveUp() }
            guard let attachment = answer else {
                server.oracle.superseded(member.socket, opened: opened)
                server.hop { [self] in server.superseded(ticket) }
                return close(4001)
            }
            self.attachment = attachment
            if isEnded {
                let generation = attachment.generation
                return server.hop { [self] in server.detached(ticket, generation: generation, hold: 0) }
            }
            self.member = attachment.member
            server.hop { [self] in server.attached(ticket, attachment) }
            work()
        }
    }

    private func giveUp() {
        if let ticket { server.hop { [self] in server.detached(ticket, generation: nil, hold: 0) } }
        close(1013)
    }

    // MARK: What the room says

    func take(_ frames: [ModelFrame], position: RoomPosition, isLast: Bool) {
        if isClosing || isEnded { return }
        cursor.take(position, isLast: isLast)
        for frame in frames where cursor.admits(mark: frame.mark) { send(frame) }
        guard cursor.settled() else { return awaitDrain() }
        server.position = position
        isSubscribed = true
        isSlow = false
        readOn()
        work()
    }

    func taken() {
        if isEnded || isClosing { return }
        if let attachment { server.oracle.tookOver(member.socket, generation: attachment.generation) }
        close(4001)
    }

    // MARK: The outbox

    private var queued: Int { outbox.reduce(0) { $0 + $1.json.count } }

    func send(_ frame: ModelFrame) {
        if isClosing || isEnded { return }
        if queued + frame.json.count <= server.options.budget { return queue(frame) }
        var lowest = dropMarked()
        if frame.mark != 0 {
            lowest = min(lowest ?? .max, frame.mark)
        } else if queued + frame.json.count <= server.options.budget {
            queue(frame)
        } else {
            return close(1013)
        }
        if let lowest { overflowed(lowest) }
    }

    private func dropMarked() -> Int? {
        var lowest: Int?
        var kept: [ModelFrame] = []
        for (index, waiting) in outbox.enumerated() {
            if waiting.mark == 0 || (index == 0 && isHeadStarted) {
                kept.append(waiting)
            } else {
                lowest = min(lowest ?? .max, waiting.mark)
            }
        }
        outbox = kept
        return lowest
    }

    /// What follows belongs to another log.
    func roomEnds() {
        guard isSubscribed, !isClosing, !isEnded, let lowest = dropMarked() else { return }
        overflowed(lowest)
    }

    private func overflowed(_ lowest: Int) {
        world.note("\(connection.client.name) is too slow: drops from \(lowest)")
        server.oracle.sights.slowReaders += 1
        isSlow = true
        awaitDrain()
        isSubscribed = false
        cursor.overflowed(
            lowest: lowest, room: server.position ?? RoomPosition(epoch: attachment?.epoch ?? "", seq: 0))
        if cursor.isHopeless { close(1013) }
    }

    private func queue(_ frame: ModelFrame) {
        outbox.append(frame)
        flushSoon(after: 20)
    }

    private func awaitDrain() {
        isDrainAwaited = true
        flushSoon(after: 20)
    }

    private func flushSoon(after delay: Int) {
        if isFlushing { return }
        isFlushing = true
        server.after(delay, .sockets) { [self] in
            isFlushing = false
            flush()
        }
    }

    /// The client takes all, or a frame at a time, or nothing for a while.
    private func flush() {
        if isEnded { return }
        while !outbox.isEmpty {
            if connection.stalledUntil > world.now {
                isHeadStarted = isHeadStarted || world.random.chance(30)
                return flushSoon(after: connection.stalledUntil - world.now)
            }
            isHeadStarted = false
            connection.deliver(outbox.removeFirst())
            if connection.pace > 0, !outbox.isEmpty { return flushSoon(after: connection.pace) }
        }
        if let code = closeCode { return connection.close(code) }
        guard isDrainAwaited else { return }
        isDrainAwaited = false
        guard !isClosing, let ticket, let position = cursor.drained() else { return }
        let catchUp = CatchUp(ticket: ticket, stage: cursor.stage, position: position)
        server.hop { [self] in server.catchUp(catchUp) }
    }

    // MARK: Closing

    private var closeCode: Int?

    private func close(_ code: Int) {
        if isClosing || isEnded { return }
        world.note("\(connection.client.name) is closed with \(code) at \(server.name)")
        isClosing = true
        isSubscribed = false
        closeCode = code
        if code == 1013 { outbox = [] }
        flushSoon(after: 20)
    }

    /// - Parameter code: the client's, nil where the connection was just lost.
    func ended(_ code: Int?) {
        if isEnded { return }
        isEnded = true
        server.sessions[id] = nil
        requests = []
        let ending = WebSocketSession.Ending(
            code: (closeCode ?? code).map { CloseCode(rawValue: UInt16($0)) } ?? .abnormalClosure, reason: "",
            wasClean: code != nil, wasPeers: code != nil && closeCode == nil)
        guard let ticket, let attachment else { return }
        let age = world.now - openedAt
        let hold = ChatSession.hold(after: ending, connectedFor: .microseconds(age))
        // The rule once more, by hand.
        let expected = closeCode == nil && code == 1000 ? 0 : closeCode == nil && code == 1001 ? 2_000_000 : 5_000_000
        server.oracle.ended(
            member.socket, generation: attachment.generation,
            hold: expected == 5_000_000 ? min(age, expected) : expected)
        server.hop { [self] in
            server.detached(ticket, generation: attachment.generation, hold: Int(hold / .microseconds(1)))
        }
    }

    // MARK: What the client asks for

    func received(_ request: Connection.Request) {
        if isEnded { return }
        if case .close(let code) = request { return ended(code) }
        if isClosing { return }
        if isSlow { return unread.append(request) }
        switch request {
        case .ping: send(ModelFrame(json: TopicJSON.pong))
        default:
            requests.append(request)
            work()
        }
    }

    private func readOn() {
        let waiting = unread
        unread = []
        for request in waiting { received(request) }
    }

    private func work() {
        guard cursor.hasJoined, let attachment, !isWorking, !requests.isEmpty else { return }
        isWorking = true
        let request = requests.removeFirst()
        let done = { [self] in
            isWorking = false
            work()
        }
        switch request {
        case .send(let id):
            server.call { [member] in
                $0.append(OutgoingMessage(id: id, member: member, text: ""))
            } _: { receipt in
                if let receipt { self.send(ModelFrame(json: TopicJSON.ack(id: id, receipt))) }
                if receipt == nil {
                    let error = ClientError(code: .unavailable, message: "", id: id, retry: .seconds(1))
                    self.send(ModelFrame(json: TopicJSON.error(error)))
                }
                done()
            }
        case .rename(let name):
            var renamed = member
            renamed.username = name
            server.call { [server] in
                $0.rename(renamed, generation: attachment.generation, server: server.name)
            } _: { [self] isDone in
                if isDone != nil {
                    member = renamed
                    server.hop { [self] in server.attendance.rename(renamed) }
                }
                done()
            }
        case .ping, .close: done()
        }
    }
}
