import Foundation

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

/// A frame on its way, encoded once and read once.
final class ModelFrame {
    let json: [UInt8]
    let mark: Int
    /// The number of the first message in it.
    let first: Int
    lazy var event = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:]

    init(json: [UInt8], mark: Int = 0, first: Int? = nil) {
        (self.json, self.mark, self.first) = (json, mark, first ?? mark)
    }

    var topic: String { event["topic"] as? String ?? "" }
    var epoch: String? { event["epoch"] as? String }
}

/// A connection's server side: `ChatSession`, and what `WebSocketSession` does with the frames that wait.
final class ModelSession {
    let id: ConnectionID
    let number: UInt64
    let connection: Connection
    let server: ModelServer
    private let openedAt: Int
    var cursor = SessionCursor()
    var member: Member
    var ticket: JoinTicket?
    var attachment: Attachment?
    private var isAttaching = false
    var isEnded = false
    var isClosing = false
    private(set) var isSubscribed = false
    var queue = RequestQueue()
    var isWorking = false
    var isJoinOver = false
    var isNobody = false
    var isDisplaced = false
    /// How long its member may come back.
    private var hold: Duration?
    // The connection's outbox.
    private var outbox: [ModelFrame] = []
    private var isHeadStarted = false
    private var isFlushing = false
    private var isDrainAwaited = false
    var isSlow = false
    var unread: [Connection.Request] = []

    init(_ id: ConnectionID, number: UInt64, _ connection: Connection, on server: ModelServer) {
        (self.id, self.number, self.connection, self.server) = (id, number, connection, server)
        openedAt = server.world.now
        let socket = "\(server.name)-\(number)"
        member = Member(socket: socket, username: "Ada", avatar: "/avatars/\(socket).svg", joined: 0)
    }

    var world: World { server.world }

    func holds(_ socket: String, generation: Int) -> Bool {
        !isEnded && !isClosing && member.socket == socket && attachment?.generation == generation
    }

    // MARK: Coming in

    func join(token: MemberToken?, position: RoomPosition?) {
        guard let token else { return enter(secret: "secret-\(member.socket)", position: position) }
        server.call(by: deadline) {
            $0.session(of: token.socket)
        } _: { [self] known in
            guard let known else { return giveUp() }
            guard let known, token.hasSecret(known.secret) else {
                return enter(secret: "secret-\(member.socket)", position: position)
            }
            member = known.member
            enter(secret: token.secret, position: position)
        }
    }

    /// A page says nothing before it has joined: whoever is gone by then came for nothing.
    private func enter(secret: String, position: RoomPosition?) {
        if isEnded { return joinEnds() }
        let ticket = JoinTicket(connection: id, room: .lobby, socket: member.socket, secret: secret)
        self.ticket = ticket
        let opening = CatchUp(ticket: ticket, stage: .opening, position: position)
        server.hop { [self] in
            server.prepare(opening, by: deadline) { [self] isReady in
                server.hop { [self] in
                    guard isReady else { return giveUp() }
                    if isEnded { return joinEnds() }
                    attach(ticket)
                }
            }
        }
    }

    private var deadline: Int { openedAt + 5_000_000 }

    private func attach(_ ticket: JoinTicket) {
        isAttaching = true
        let (member, attempt, name, opened) = (member, "\(server.name)/\(number)", server.name, openedAt)
        server.call(by: deadline) {
            $0.attach(member, secret: ticket.secret, attempt: attempt, opened: opened, server: name)
        } _: { [self] answer in
            guard let answer else { return giveUp() }
            guard let attachment = answer else {
                server.oracle.superseded(member.socket, opened: opened)
                (isNobody, isAttaching) = (true, false)
                server.hop { [self] in server.withdrawn(ticket) }
                close(4001)
                return joinEnds()
            }
            self.attachment = attachment
            self.member = attachment.member
            server.hop { [self] in server.attached(ticket, attachment) }
            joinEnds()
        }
    }

    private func giveUp() {
        isNobody = true
        close(1013)
        joinEnds()
    }

    private func joinEnds() {
        isJoinOver = true
        work()
    }

    // MARK: What the room says

    func take(_ frames: [ModelFrame], position: RoomPosition, isLast: Bool) {
        if isClosing || isEnded { return }
        cursor.take(position, isLast: isLast)
        for frame in frames where cursor.admits(mark: frame.first) { send(frame) }
        guard cursor.settled() else { return awaitDrain() }
        server.position = position
        isSubscribed = true
        isSlow = false
        readOn()
        work()
    }

    func displaced(mayFinish: Bool) {
        if isClosing && !isEnded { return }
        if let attachment { server.oracle.tookOver(member.socket, generation: attachment.generation) }
        isDisplaced = true
        if !mayFinish { queue.removeAll() }
        close(4001)
        work()
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
    func logEnded() {
        guard isSubscribed, !isClosing, !isEnded else { return }
        if let lowest = dropMarked() { overflowed(lowest) }
        guard !isClosing, cursor.isLive, let position = server.position else { return }
        isSubscribed = false
        cursor.logEnded(at: position)
        awaitDrain()
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
        server.departing[id] = self
        let ending = WebSocketSession.Ending(
            code: (closeCode ?? code).map { CloseCode(rawValue: UInt16($0)) } ?? .abnormalClosure, reason: "",
            wasClean: code != nil, wasPeers: code != nil && closeCode == nil)
        let age = world.now - openedAt
        hold = ChatSession.hold(after: ending, connectedFor: .microseconds(age))
        // The rule once more, by hand.
        let expected = closeCode == nil && code == 1000 ? 0 : closeCode == nil && code == 1001 ? 2_000_000 : 5_000_000
        if let attachment {
            server.oracle.ended(
                member.socket, generation: attachment.generation,
                hold: expected == 5_000_000 ? min(age, expected) : expected)
        }
        work()
    }

    func rest() {
        guard let ticket else {
            if isEnded { server.departing[id] = nil }
            return
        }
        if isEnded {
            server.departing[id] = nil
            let (generation, hold) = (attachment?.generation, Int((hold ?? .zero) / .microseconds(1)))
            let mayBeIn = isAttaching
            server.hop { [self] in
                if mayBeIn {
                    server.detached(ticket, generation: generation, hold: hold)
                } else {
                    server.withdrawn(ticket)
                }
            }
        } else if isDisplaced {
            server.hop { [self] in server.finished(ticket) }
        }
    }
}
