@testable import ChatServer
@testable import Rooms

/// A page: it follows the client rules of PROTOCOL.md §1, and watches what it is shown.
final class ModelClient {
    struct Send {
        let id: String
        /// Who it was when it was first written; nil: it hasn't been.
        var socket: String?
        var place: Receipt?
        var isFailed = false
    }

    let name: String
    private let world: World
    private let oracle: Oracle
    private let pickServer: () -> ModelServer?
    private(set) var connection: Connection?
    private(set) var token: MemberToken?
    private(set) var socket: String?
    /// Its user has gone, or another window has its place.
    private(set) var isDone = false
    private(set) var isJoined = false
    private(set) var wasTakenOver = false
    private var isWelcomed = false
    private var lastHeard = 0
    private var failures = 0
    private var isWaitingToConnect = false
    // What it shows.
    private(set) var epoch: String?
    /// The newest number shown; nil: nothing yet.
    private(set) var last: Int?
    private var head: RoomPosition?
    private(set) var roster: [String: String] = [:]
    /// Every message shown since its last reset, by its number.
    private(set) var shown: [Int: String] = [:]
    private(set) var sends: [Send] = []
    private var sendCount = 0

    init(
        _ name: String, _ world: World, _ oracle: Oracle, token: MemberToken? = nil,
        pickServer: @escaping () -> ModelServer?
    ) {
        (self.name, self.world, self.oracle, self.token) = (name, world, oracle, token)
        self.pickServer = pickServer
        connect()
        watch()
    }

    var position: RoomPosition? {
        guard let epoch, let last else { return nil }
        return RoomPosition(epoch: epoch, seq: last)
    }

    var isSettled: Bool { sends.allSatisfy { $0.place != nil || $0.isFailed } }

    // MARK: The link

    private func connect() {
        if isDone || connection != nil { return }
        guard let server = pickServer() else { return comeBack() }
        world.note("\(name) connects to \(server.name) after \(position.map { "\($0.epoch):\($0.seq)" } ?? "nothing")")
        let connection = Connection(self, server)
        self.connection = connection
        // A number that it has seen may be another message's by now, and no server may be left that could know.
        if let epoch, oracle.wasPutBack(epoch) { shown = [:] }
        (isJoined, isWelcomed, lastHeard) = (false, false, world.now)
        connection.open(token: token, position: position)
    }

    private func comeBack() {
        if isDone || isWaitingToConnect { return }
        isWaitingToConnect = true
        let ceiling = min(4_000, 200 << min(failures, 8))
        failures += 1
        world.after(world.random.milliseconds(20, 20 + ceiling)) { [self] in
            isWaitingToConnect = false
            connect()
        }
    }

    private func watch() {
        world.after(1_000_000) { [self] in
            if isDone { return }
            if let connection {
                // A page that is stalled hears nothing, and knows why.
                let since = max(lastHeard, connection.stalledUntil)
                if world.now - since > (isWelcomed ? 6_000_000 : 9_000_000) { lose(4000) }
                if isWelcomed { self.connection?.write(.ping) }
            }
            watch()
        }
    }

    /// Gives the link up, with this Close.
    func lose(_ code: Int) {
        guard let connection else { return }
        world.note("\(name) gives its link up with \(code)")
        connection.write(.close(code))
        self.connection = nil
        isJoined = false
        comeBack()
    }

    /// - Parameter delay: until the server notices.
    func cut(noticedAfter delay: Int) {
        guard let connection else { return }
        world.note("\(name) is cut off from \(connection.server.name), seen there in \(delay) µs")
        connection.cut(noticedAfter: delay)
        self.connection = nil
        isJoined = false
        comeBack()
    }

    /// The user leaves for good.
    func leave(_ code: Int) {
        world.note("\(name) leaves with \(code)")
        isDone = true
        connection?.write(.close(code))
        connection = nil
        isJoined = false
    }

    func closed(_ code: Int?, on connection: Connection) {
        world.note("\(name) is closed\(code.map { " with \($0)" } ?? "")")
        self.connection = nil
        isJoined = false
        if code == 4001 {
            (isDone, wasTakenOver) = (true, true)
        } else {
            comeBack()
        }
    }

    // MARK: Sending

    func say() {
        sendCount += 1
        sends.append(Send(id: "\(name)-\(sendCount)"))
        if isJoined { write(sends.count - 1) }
    }

    func rename(_ newName: String) { if isJoined { connection?.write(.rename(newName)) } }

    private func write(_ index: Int) {
        sends[index].socket = socket
        connection?.write(.send(id: sends[index].id))
    }

    /// The join has ended: what isn't acknowledged and wasn't in the catch-up is repeated, under the same identity.
    private func repeatSends() {
        for index in sends.indices where sends[index].place == nil && !sends[index].isFailed {
            if let writer = sends[index].socket, writer != socket {
                sends[index].isFailed = true
            } else {
                write(index)
            }
        }
    }

    // MARK: Hearing

    func received(_ frame: ModelFrame, on connection: Connection) {
        lastHeard = world.now
        world.note("\(name) ← \(describe(frame))")
        switch frame.topic {
        case "welcome": welcomed(frame)
        case "member_history": takeRoster(frame)
        case "member_add", "member_update": takeMember(frame)
        case "member_delete":
            follow(frame.epoch)
            let gone = frame.event["data"] as? String ?? ""
            if gone == socket { world.violate("\(name) is told that it has left itself") }
            roster[gone] = nil
        case "message_history": takeHistory(frame)
        case "messages": takeMessage(frame.event["data"], frame.epoch)
        case "gap": takeGap(frame)
        case "reset":
            world.note("\(name) is reset to \(frame.epoch ?? reset(frame))")
            oracle.seesReset(to: reset(frame), from: position, by: name)
            (epoch, last, head, shown) = (reset(frame), nil, nil, [:])
        case "ack": acknowledged(frame)
        case "error": refused(frame)
        case "pong": break
        default: world.violate("\(name) hears \(frame.topic)")
        }
    }

    /// A roster's order is chance, and not the seed's.
    private func describe(_ frame: ModelFrame) -> String {
        if frame.topic == "member_history" { return "member_history \(data(frame).keys.sorted())" }
        return String(decoding: frame.json.prefix(150), as: UTF8.self)
    }

    private func reset(_ frame: ModelFrame) -> String { data(frame)["epoch"] as? String ?? "" }

    private func data(_ frame: ModelFrame) -> [String: Any] { frame.event["data"] as? [String: Any] ?? [:] }

    private func welcomed(_ frame: ModelFrame) {
        let data = data(frame)
        if isWelcomed { world.violate("\(name) is welcomed twice") }
        (isWelcomed, failures) = (true, 0)
        token = (data["token"] as? String).flatMap { MemberToken($0) }
        socket = token?.socket
        roster = [:]
        if let epoch = data["epoch"] as? String, let seq = data["seq"] as? Int {
            head = RoomPosition(epoch: epoch, seq: seq)
            if self.epoch == nil { self.epoch = epoch }
        }
        world.note("\(name) is welcomed as \(socket ?? "nobody")")
    }

    /// What is said in another epoch, without a reset, goes on where it stands.
    private func follow(_ epoch: String?) {
        guard let epoch, epoch != self.epoch else { return }
        if let position, !oracle.goesOn(position, in: epoch) {
            world.violate("\(name) stands at \(position.epoch):\(position.seq) and hears of \(epoch) without a reset")
        }
        self.epoch = epoch
    }

    private func takeRoster(_ frame: ModelFrame) {
        // It may come before the reset that it belongs to is known to be none.
        roster = data(frame).compactMapValues { ($0 as? [String: Any])?["username"] as? String }
        if isJoined, let socket, roster[socket] == nil { world.violate("\(name) is shown a roster without itself") }
    }

    private func takeMember(_ frame: ModelFrame) {
        follow(frame.epoch)
        guard let added = data(frame)["socket"] as? String else { return }
        roster[added] = data(frame)["username"] as? String
        guard frame.topic == "member_add", added == socket, isWelcomed, !isJoined else { return }
        isJoined = true
        world.note("\(name) has joined, at \(last.map(String.init) ?? "nothing")")
        repeatSends()
    }

    private func takeHistory(_ frame: ModelFrame) {
        follow(frame.epoch)
        for message in frame.event["data"] as? [Any] ?? [] { takeMessage(message, frame.epoch) }
        if last == nil, let head, head.epoch == frame.epoch { last = head.seq }
    }

    private func takeMessage(_ message: Any?, _ frameEpoch: String?) {
        guard let message = message as? [String: Any], let seq = message["seq"] as? Int,
            let id = message["id"] as? String, let writer = message["socket"] as? String
        else { return world.violate("\(name) hears what is no message") }
        follow(frameEpoch)
        if let last, seq != last + 1 {
            return world.violate("\(name) stands at \(last) and is shown \(seq)")
        }
        last = seq
        shown[seq] = "\(writer)/\(id)"
        oracle.sees("\(writer)/\(id)", at: seq, in: frameEpoch ?? "", by: name)
        for index in sends.indices where sends[index].id == id && sends[index].socket == writer {
            sends[index].place = sends[index].place ?? Receipt(epoch: frameEpoch ?? "", seq: seq)
        }
    }

    private func takeGap(_ frame: ModelFrame) {
        follow(frame.epoch)
        guard let from = data(frame)["from"] as? Int, let through = data(frame)["to"] as? Int, from <= through else {
            return world.violate("\(name) hears what is no gap")
        }
        if let last, from != last + 1 { world.violate("\(name) stands at \(last), the gap begins at \(from)") }
        last = through
        oracle.seesGap(from: from, through: through, in: frame.epoch ?? "", by: name)
    }

    private func acknowledged(_ frame: ModelFrame) {
        let data = data(frame)
        guard let id = data["id"] as? String, let seq = data["seq"] as? Int, let epoch = data["epoch"] as? String,
            let index = sends.firstIndex(where: { $0.id == id })
        else { return world.violate("\(name) has something acknowledged that it never sent") }
        let receipt = Receipt(epoch: epoch, seq: seq)
        oracle.acknowledged("\(sends[index].socket ?? "nobody")/\(id)", receipt, to: name)
        sends[index].place = receipt
    }

    private func refused(_ frame: ModelFrame) {
        guard let id = data(frame)["id"] as? String, let index = sends.firstIndex(where: { $0.id == id }) else {
            return
        }
        // It isn't known to be kept: the page says it again, or its user gives it up.
        if world.random.chance(70), isJoined { write(index) } else { sends[index].isFailed = true }
    }
}
