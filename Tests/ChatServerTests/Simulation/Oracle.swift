@testable import ChatServer

/// What really happened, and what must therefore be seen: the judge of a simulated room.
final class Oracle {
    private struct History {
        let previous: String?
        /// The last number taken over from the previous history.
        let base: Int
        /// The first epoch's is 1.
        let number: Int
        var entries: [Int: String] = [:]
        var last: Int
    }

    /// What there was to see: how often each of the rarer things happened.
    struct Sights: Sendable {
        var messages = 0
        var gaps = 0
        var resets = 0
        var takeOvers = 0
        var superseded = 0
        var ghostWatches = 0
        var slowReaders = 0
        var putBacks = 0

        mutating func add(_ other: Sights) {
            messages += other.messages
            gaps += other.gaps
            resets += other.resets
            takeOvers += other.takeOvers
            superseded += other.superseded
            ghostWatches += other.ghostWatches
            slowReaders += other.slowReaders
            putBacks += other.putBacks
        }
    }

    private let world: World
    private var histories: [String: History] = [:]
    /// Where each message stood, each time it was given a number.
    private var places: [String: [Receipt]] = [:]
    /// Numbers that retention has taken out of the store, with the epoch it was in.
    private var trimmed: [String: Int] = [:]
    private var highestGeneration: [String: Int] = [:]
    private var generations: [String: [Int]] = [:]
    /// When the connections of a member were opened, by their generations: as far as the store can know.
    private var openings: [String: [Int: Int]] = [:]
    private var lastOpening: [String: Int] = [:]
    /// When an attachment that has ended may leave, at the earliest.
    private var endings: [String: Int] = [:]
    private var lastRenewal: [String: Int] = [:]
    private var lastAbsence: [String: Int] = [:]
    /// When something last happened that may keep a dead server's members in sight.
    var lastDisturbance = 0
    var sights = Sights()

    init(_ world: World) { self.world = world }

    // MARK: The log

    func began(_ epoch: String, after previous: String?, base: Int) {
        world.note("store: epoch \(epoch) after \(previous ?? "nothing"), base \(base)")
        histories[epoch] = History(previous: previous, base: base, number: histories.count + 1, last: base)
    }

    func appended(_ key: String, at place: Receipt) {
        for earlier in places[key] ?? [] where message(at: earlier.seq, in: place.epoch) == key {
            world.violate("\(key) has number \(earlier.seq) and was given \(place.seq) as well")
        }
        places[key, default: []].append(place)
        histories[place.epoch]?.entries[place.seq] = key
        histories[place.epoch]?.last = place.seq
    }

    func trimmed(through seq: Int, in epoch: String) { trimmed[epoch] = max(trimmed[epoch] ?? 0, seq) }

    /// What a number means in an epoch, and in those it goes on from.
    func message(at seq: Int, in epoch: String) -> String? {
        var name: String? = epoch
        while let current = name, let history = histories[current] {
            if seq > history.base { return history.entries[seq] }
            name = history.previous
        }
        return nil
    }

    /// Whether whoever stands at a position may go on silently in another epoch.
    func goesOn(_ position: RoomPosition, in epoch: String) -> Bool {
        var name: String? = epoch
        while let current = name, let history = histories[current] {
            if current == position.epoch { return true }
            guard position.seq <= history.base else { return false }
            name = history.previous
        }
        return false
    }

    // MARK: What clients see

    func sees(_ key: String, at seq: Int, in epoch: String, by who: String) {
        sights.messages += 1
        let real = message(at: seq, in: epoch)
        if real != key { world.violate("\(who) sees \(key) as \(epoch):\(seq), which is \(real ?? "nothing")") }
    }

    func seesGap(from: Int, through: Int, in epoch: String, by who: String) {
        sights.gaps += 1
        var name: String? = epoch
        while let current = name, let history = histories[current] {
            if through <= trimmed[current] ?? 0 { return }
            name = history.previous
        }
        world.violate("\(who) is told of a gap \(from)–\(through) in \(epoch), and the store had them")
    }

    /// A reset is for who has seen what the store has lost, or whose server was in an epoch between: nobody else.
    func seesReset(to epoch: String, from position: RoomPosition?, by who: String) {
        sights.resets += 1
        guard let position, let history = histories[epoch] else { return }
        let before = histories[position.epoch]
        let isNext = before?.number == history.number - 1 && history.previous == position.epoch
        if epoch == position.epoch || (isNext && position.seq <= history.base) {
            world.violate("\(who) is reset to \(epoch) though it stood at \(position.epoch):\(position.seq)")
        }
    }

    func acknowledged(_ key: String, _ receipt: Receipt, to who: String) {
        if message(at: receipt.seq, in: receipt.epoch) != key {
            world.violate("\(who) has \(key) acknowledged as \(receipt.epoch):\(receipt.seq), which it is not")
        }
        if let first = places[key]?.first(where: {
            goesOn(RoomPosition(epoch: $0.epoch, seq: $0.seq), in: receipt.epoch)
        }),
            first != receipt
        {
            world.violate(
                "\(key) was \(first.epoch):\(first.seq) and is acknowledged as \(receipt.epoch):\(receipt.seq)")
        }
    }

    // MARK: Presence

    /// In µs: of connections opened closer to each other than this either may win.
    static let tolerance = RedisClock.tolerance.milliseconds * 1_000

    func attached(_ socket: String, generation: Int, opened: Int) {
        openings[socket, default: [:]][generation] = opened
        lastOpening[socket] = max(lastOpening[socket] ?? 0, opened)
        // Whoever has come back is held no more.
        for earlier in generations[socket] ?? [] { endings["\(socket)#\(earlier)"] = nil }
        generations[socket, default: []].append(generation)
        highestGeneration[socket] = max(highestGeneration[socket] ?? 0, generation)
    }

    /// A connection was closed because its member has another one.
    func tookOver(_ socket: String, generation: Int) {
        sights.takeOvers += 1
        let later = openings[socket]?.filter { $0.key > generation }.values.max()
        if let opened = openings[socket]?[generation], let later, later + Self.tolerance < opened {
            world.violate("\(socket)#\(generation) was taken over by a connection opened before it")
        }
        if highestGeneration[socket] ?? 0 <= generation {
            world.violate("\(socket) was closed as taken over, at its newest generation \(generation)")
        }
    }

    /// A connection got no attachment, for its member had one opened later.
    func superseded(_ socket: String, opened: Int) {
        sights.superseded += 1
        if lastOpening[socket] ?? 0 <= opened + Self.tolerance {
            world.violate("\(socket) was refused to its newest connection")
        }
    }

    /// The store has an older copy, or none.
    func forgetOpenings() { openings = [:] }

    func ended(_ socket: String, generation: Int, hold: Int) {
        if highestGeneration[socket] ?? 0 > generation { return }
        endings["\(socket)#\(generation)"] = world.now + hold
    }

    func left(_ socket: String, generation: Int, isConnected: Bool) {
        if isConnected { return world.violate("\(socket)#\(generation) has left while its connection is open") }
        if let time = endings["\(socket)#\(generation)"], world.now < time {
            world.violate("\(socket)#\(generation) has left \(time - world.now) µs before its time")
        }
    }

    func renewed(_ server: String) {
        if let last = lastRenewal[server], world.now - last > 4_000_000 { lastAbsence[server] = world.now }
        lastRenewal[server] = world.now
    }

    /// A server is given up only after a lease without a word from it.
    func givenUp(_ server: String) {
        guard let last = lastRenewal[server], world.now - last < 4_000_000 else { return }
        if let absence = lastAbsence[server], world.now - absence < 2_500_000 { return }
        world.violate("\(server) is given up \(world.now - last) µs after it renewed its lease")
    }
}
