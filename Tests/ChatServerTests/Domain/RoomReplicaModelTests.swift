import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The room replica under random schedules")
struct RoomReplicaModelTests {
    /// Each seed is a schedule of its own; a failure names it, and `Schedule(seed:)` replays it.
    @Test(
        "lost, doubled, late, restarted: in order, once, complete or named in a gap, and the roster true at rest",
        arguments: 0..<20)
    func schedules(block: Int) throws {
        for seed in (block * 100)..<(block * 100 + 100) {
            var schedule = Schedule(seed: UInt64(seed))
            try schedule.run()
        }
    }

    @Test(
        "the judge can fail",
        arguments: [
            ["message 1", "message 3"], ["message 1", "message 1"], ["message 2"], ["message 1", "gap 1-2"],
            ["message 1", "gap 3-4"], ["add ada", "add ada"], ["delete ada"], ["update ada Ada"], ["roster ada"],
        ])
    func judge(events: [String]) {
        var viewer = Viewer()
        #expect(events.contains { viewer.see($0) != nil })
    }

    @Test("and passes what is right")
    func judgePasses() {
        var viewer = Viewer()
        let events = ["message 1", "gap 2-4", "message 5", "add ada", "update ada Ada", "typing ada", "delete ada"]
        #expect(events.allSatisfy { viewer.see($0) == nil })
    }
}

/// Somebody who has watched an empty room since it was opened, or since its last reset, and checks each event.
private struct Viewer {
    var last = 0
    var members: Set<String> = []
    /// In the roster of the last reset: whoever was joining then is in it, and added once more.
    var reset: Set<String> = []
    /// What each message said.
    var texts: [Int: String] = [:]

    /// What is wrong with the event, if anything is.
    mutating func see(_ event: String) -> String? {
        let parts = event.split(separator: " ", maxSplits: 2).map(String.init)
        switch parts[0] {
        case "message":
            guard Int(parts[1]) == last + 1 else { return "\(event) after \(last)" }
            last += 1
        case "gap":
            let ends = parts[1].split(separator: "-").compactMap { Int($0) }
            guard ends.count == 2, ends[0] == last + 1, ends[1] >= ends[0] else { return "\(event) after \(last)" }
            last = ends[1]
        case "add":
            guard members.insert(parts[1]).inserted || reset.remove(parts[1]) != nil else {
                return "\(event), who is there already"
            }
        case "update", "typing":
            guard members.contains(parts[1]) else { return "\(event), who is not there" }
        case "delete":
            guard members.remove(parts[1]) != nil else { return "\(event), who is not there" }
        default: return "unexpected: \(event)"
        }
        return nil
    }
}

/// One random history of a room, its messenger, and a replica.
private struct Schedule {
    private enum Link {
        case up
        /// Redis is gone, and the replica hasn't heard of it: what was sent before may still come.
        case dying
        case down
    }

    let seed: UInt64
    private var random: SeededRandom
    private var room = ModelRoom()
    private var driven = DrivenReplica(history: 8)
    private var viewer = Viewer()
    private var link = Link.down
    /// Published and on their way.
    private var wire: [RoomPayload] = []
    private var asked: (request: RoomReading.Request, number: Int)?
    /// Read, and on their way.
    private var answers: [(reading: RoomReading, number: Int)] = []
    private var lastReading: RoomReading?
    private var epochs = 1
    private var people = 0
    private var said = 0
    /// Joining through this very server.
    private var joining: Set<String> = []
    private var log: [String] = []

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
        room.retention = 4 + random.below(12)
        room.pageSize = 1 + random.below(5)
    }

    mutating func run() throws {
        try connect()
        try answerAll()
        for _ in 0..<(60 + random.below(140)) { try step() }
        try settle()
    }

    // MARK: What can happen

    private mutating func step() throws {
        switch random.below(100) {
        case ..<25: say()
        case ..<35: try changeRoster()
        case ..<60: if link != .down, !wire.isEmpty { try take(driven.replica.receive(wire.removeFirst())) }
        case ..<64: if !wire.isEmpty { wire.remove(at: random.below(wire.count)) }
        case ..<67: if let again = wire.randomElement(using: &random) { wire.append(again) }
        case ..<70: if wire.count > 1 { wire.swapAt(random.below(wire.count), random.below(wire.count)) }
        case ..<80: look()
        case ..<90: try answer()
        case ..<93: disconnect()
        case ..<96: try connect()
        case ..<97: putBackMissing()
        case ..<98: try take(driven.replica.suspect())
        default: restart()
        }
    }

    private mutating func publish(_ payload: RoomPayload) {
        if link == .up { wire.append(payload) }
    }

    private mutating func say() {
        said += 1
        publish(room.say("text \(said)"))
    }

    private mutating func changeRoster() throws {
        let present = room.members.keys.sorted()
        guard random.chance(60), let one = present.randomElement(using: &random) else {
            people += 1
            if random.chance(50) {
                joining.insert("m\(people)")
                try take(driven.replica.await(ModelRoom.member("m\(people)")))
            }
            return publish(room.join("m\(people)"))
        }
        if random.chance(50) { return publish(room.rename(one, to: "name\(random.below(1_000))")) }
        joining.remove(one)
        try take(driven.replica.depart(one))
        publish(room.leave(one))
    }

    /// The store carries out the reading that was asked for: its moment is now, its answer comes when it comes.
    private mutating func look() {
        guard let (request, number) = asked.take() else { return }
        if case .fresh(_, let head) = request, room.epoch == head.epoch {
            epochs += 1
            room.begin(name(epochs))
        }
        answers.append((room.reading(request), number))
    }

    private mutating func answer() throws {
        guard !answers.isEmpty else { return }
        let (reading, number) = answers.remove(at: random.below(answers.count))
        lastReading = reading
        try take(driven.replica.complete(reading, number: number))
    }

    private mutating func disconnect() {
        link = .down
        wire = []
        driven.replica.disconnected()
    }

    private mutating func connect() throws {
        guard link == .down else { return }
        link = .up
        try take(driven.replica.confirmed())
    }

    /// The store comes back: with all it had, with less, or with nothing.
    private mutating func restart() {
        if link == .up { link = .dying }
        epochs += 1
        switch random.below(3) {
        case 0: room.restart(as: name(epochs))
        case 1: room.restart(as: name(epochs), keeping: max(0, room.seq - random.below(4)))
        default: room.forget(as: name(epochs))
        }
    }

    private func name(_ epoch: Int) -> String { "\(1_000_000_000_000 + epoch)_e" }

    // MARK: What comes of it

    private mutating func take(_ outputs: [RoomReplica.Output]) throws {
        for output in outputs {
            switch output {
            case .read(let request, let number): asked = (request, number)
            case .joined(let socket, let view): try welcome(socket, view)
            case .event(let event): try show(TopicJSON.event(event))
            case .junk, .unknown, .moved, .removed: break
            }
        }
    }

    /// What the hub does with its own members whom the store has lost.
    private mutating func putBackMissing() {
        for member in driven.replica.residents where room.members[member.socket] == nil {
            guard let shown = driven.replica.roster[member.socket] else { continue }
            publish(room.putBack(shown))
        }
    }

    private mutating func welcome(_ socket: String, _ opening: RoomView) throws {
        joining.remove(socket)
        let numbers = opening.ring.map(\.seq)
        let isRun = zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
        if opening.roster[socket] == nil || !isRun || opening.seq != viewer.last || numbers.last ?? 0 > opening.seq {
            throw failure("\(socket)'s opening at \(viewer.last) is \(opening)")
        }
    }

    private mutating func show(_ json: [UInt8]) throws {
        let event = words(ofEvent: json)
        log.append(event)
        if event.hasPrefix("reset") {
            guard let reading = lastReading else { throw failure("a reset out of nothing") }
            viewer = Viewer()
            viewer.last = reading.seq
            viewer.members = Set(reading.roster.map(\.member.socket)).union(driven.replica.withheld)
            viewer.reset = viewer.members.intersection(joining)
            return
        }
        if let complaint = viewer.see(event) { throw failure(complaint) }
        if event.hasPrefix("message") { viewer.texts[viewer.last] = JSONValue(json)?["data"]["message"].string }
    }

    private mutating func answerAll() throws {
        for _ in 0..<10_000 where !driven.replica.isLive {
            look()
            while !answers.isEmpty { try answer() }
        }
        if !driven.replica.isLive { throw failure("it reads for ever") }
    }

    /// Everything comes through at last: then nothing may be missing, and nothing may be what it is not.
    private mutating func settle() throws {
        disconnect()
        putBackMissing()
        try connect()
        try answerAll()
        let replica = driven.replica
        if viewer.last != room.seq { throw failure("\(viewer.last) shown of \(room.seq)") }
        if replica.roster != Roster(room.members.values) || viewer.members != Set(room.members.keys) {
            throw failure("the roster is \(viewer.members), and the store's \(room.members.keys)")
        }
        if replica.epoch != room.epoch || replica.rev != room.rev { throw failure("epoch or rev is not the store's") }
        let unserved = joining.filter { room.members[$0] != nil }
        if !unserved.isEmpty { throw failure("not welcomed: \(unserved)") }
        for message in room.messages {
            let text = JSONValue(message.json)?["message"].string
            if let seen = viewer.texts[message.seq], seen != text {
                throw failure("\(message.seq) was shown as '\(seen)', and is '\(text ?? "")'")
            }
        }
    }

    private func failure(_ words: String) -> TestFailure {
        TestFailure("seed \(seed): \(words); before it: \(log.suffix(12))")
    }
}
