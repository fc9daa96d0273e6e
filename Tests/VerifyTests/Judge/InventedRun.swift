@testable import Verify

/// A run that never was, for the judge: two clients in one room, who see what the test says.
struct InventedRun {
    static let room = "invented"

    /// One client's story, second by second.
    struct Client {
        var record: ClientRecord
        private var time = 0

        init(_ name: String) {
            record = ClientRecord(name: name, room: InventedRun.room)
            record.socket = "socket-" + name
            record.isJoined = true
        }

        var socket: String { record.socket ?? "" }

        mutating func saw(_ what: Observation.What, at second: Int? = nil) {
            time = second ?? time + 1
            record.observations.append(Observation(at: .seconds(time), what: what))
        }

        /// Connects and joins; `history` are the numbers it is shown.
        mutating func joined(_ messages: [SeenMessage] = [], epoch: String = "A", seq: Int, at second: Int? = nil) {
            saw(.opened(server: 0), at: second)
            saw(.welcome(socket: socket, epoch: epoch, seq: seq))
            saw(.history(epoch: epoch, messages))
            saw(.joined(epoch: epoch))
        }

        mutating func saw(_ messages: [SeenMessage], epoch: String = "A") {
            for message in messages { saw(.message(epoch: epoch, message)) }
        }

        /// Sent one second, acknowledged the next.
        mutating func sent(_ id: String, as seq: Int?, epoch: String = "A", at second: Int) {
            var send = SendRecord(id: id, socket: socket, sent: .seconds(second))
            send.tries = 1
            if let seq { send.acks = [SendRecord.Ack(epoch: epoch, seq: seq, at: .seconds(second + 1))] }
            record.sends.append(send)
        }
    }

    var ada = Client("ada")
    var bob = Client("bob")
    var retention = 100
    var losses: [RunRecord.Loss] = []
    var servers: [ServerRecord] = []
    var truth = RoomTruth()

    /// Ada has sent m1 to m4, and all were acknowledged; history holds them.
    init() {
        for seq in 1...4 { ada.sent("m\(seq)", as: seq, at: 10 * seq) }
        read(upTo: 4, at: 100)
    }

    static func message(_ seq: Int, id: String? = nil, socket: String = "socket-ada", isIntact: Bool = true)
        -> SeenMessage
    {
        SeenMessage(seq: seq, id: id ?? "m\(seq)", socket: socket, isIntact: isIntact)
    }

    static func messages(_ numbers: ClosedRange<Int>) -> [SeenMessage] { numbers.map { message($0) } }

    /// What Redis holds: m1 and so on, unless the test says otherwise.
    mutating func read(
        upTo seq: Int, epoch: String = "A", previous: String? = nil, base: Int = 0, ids: [Int: String] = [:],
        without missing: Set<Int> = [], oldest: Int = 1, members: Set<String>? = nil, isWhole: Bool = true,
        at second: Int
    ) {
        let numbers = oldest <= seq ? Array(oldest...seq).filter { !missing.contains($0) } : []
        let entries = numbers.map { RoomTruth.Entry(seq: $0, id: ids[$0] ?? "m\($0)", socket: "socket-ada") }
        let reading = RoomTruth.Reading(
            epoch: epoch, previous: previous, base: base, seq: seq, entries: entries,
            members: members ?? [ada.socket, bob.socket], isWhole: isWhole)
        _ = truth.take(reading, at: .seconds(second))
    }

    /// Both have seen all there is, and each other.
    static var flawless: InventedRun {
        var run = InventedRun()
        run.ada.joined(seq: 0)
        run.ada.saw(messages(1...4))
        run.bob.joined(messages(1...2), seq: 2)
        run.bob.saw(messages(3...4))
        return run
    }

    var record: RunRecord {
        var (one, other) = (ada.record, bob.record)
        if one.roster.isEmpty { one.roster = [ada.socket, bob.socket] }
        if other.roster.isEmpty { other.roster = [ada.socket, bob.socket] }
        return RunRecord(
            retention: retention, rooms: [Self.room: truth], clients: [one, other], losses: losses, servers: servers)
    }

    var verdict: Verdict { Judge(record: record).verdict() }

    /// The promises that were broken, by the judge.
    var broken: Set<Guarantee> { Set(verdict.violations.map(\.guarantee)) }
}
