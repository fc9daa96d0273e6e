@testable import ChatServer
@testable import Rooms

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
        /// Of the store's data, in place.
        var putBack = 0

        mutating func add(_ other: Sights) {
            messages += other.messages
            gaps += other.gaps
            resets += other.resets
            takeOvers += other.takeOvers
            superseded += other.superseded
            ghostWatches += other.ghostWatches
            slowReaders += other.slowReaders
            putBacks += other.putBacks
            putBack += other.putBack
        }
    }

    private let world: World
    /// What each number meant before the store's data were put back, by epoch.
    private var former: [String: [Int: Set<String>]] = [:]
    private var lastClockStep = -60_000_000
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
        for earlier in places[key] ?? []
        where message(at: earlier.seq, in: place.epoch) == key && !isForgotten(earlier, in: place.epoch) {
            world.violate("\(key) has number \(earlier.seq) and was given \(place.seq) as well")
        }
        places[key, default: []].append(place)
        histories[place.epoch]?.entries[place.seq] = key
        histories[place.epoch]?.last = place.seq
    }

    /// An epoch in which nobody goes on, with messages of one before it.
    func beganAnew(_ epoch: String, insteadOf before: String?, keeping messages: [StoredMessage]) {
        world.note("store: epoch \(epoch), in which nobody goes on")
        var history = History(previous: nil, base: 0, number: histories.count + 1, last: messages.last?.seq ?? 0)
        for message in messages { history.entries[message.seq] = Self.key(of: message) }
        histories[epoch] = history
        if let before { trimmed[epoch] = trimmed(before: before) }
    }

    private func trimmed(before epoch: String) -> Int {
        var (name, highest): (String?, Int) = (epoch, 0)
        while let current = name {
            highest = max(highest, trimmed[current] ?? 0)
            name = histories[current]?.previous
        }
        return highest
    }

    /// `socket/id`
    static func key(of message: StoredMessage) -> String {
        let words = String(decoding: message.json, as: UTF8.self).split(separator: "\"")
        return "\(words[9])/\(words[5])"
    }

    /// The store's data are those of an earlier moment: what had numbers above this one in the epoch is lost.
    func putBack(_ epoch: String?, to seq: Int, with messages: [StoredMessage]) {
        forgetOpenings()
        lastDisturbance = world.now
        sights.putBack += 1
        guard let epoch else { return }
        for (number, key) in histories[epoch]?.entries ?? [:] where number > seq {
            former[epoch, default: [:]][number, default: []].insert(key)
            histories[epoch]?.entries[number] = nil
            places[key]?.removeAll { $0 == Receipt(epoch: epoch, seq: number) }
        }
        if former[epoch] == nil { former[epoch] = [:] }
        restored(epoch, with: messages)
    }

    /// An older copy of the data is the store's now: of an earlier or a later moment than the last time.
    func restored(_ epoch: String, with messages: [StoredMessage]) {
        for message in messages {
            histories[owner(of: message.seq, in: epoch)]?.entries[message.seq] = Self.key(of: message)
        }
    }

    /// The epoch in which a number was given, as it is seen in another one.
    private func owner(of seq: Int, in epoch: String) -> String {
        var name = epoch
        while let history = histories[name], seq <= history.base, let previous = history.previous { name = previous }
        return name
    }

    /// Neither the message is kept any more, nor anything by which a receipt of two epochs ago could be told to be good.
    private func isForgotten(_ place: Receipt, in epoch: String) -> Bool {
        place.epoch != epoch && histories[epoch]?.previous != place.epoch && place.seq <= trimmed(before: epoch)
    }

    /// Whether numbers of this epoch may have meant something else before.
    func wasPutBack(_ epoch: String) -> Bool { former[epoch] != nil }

    private func was(_ key: String, at seq: Int, in epoch: String) -> Bool {
        former[epoch]?[seq]?.contains(key) == true
    }

    func clockStepped() { (lastClockStep, lastDisturbance) = (world.now, world.now) }

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
        if real != key, !was(key, at: seq, in: epoch) {
            world.violate("\(who) sees \(key) as \(epoch):\(seq), which is \(real ?? "nothing")")
        }
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
        guard let position, let history = histories[epoch], !wasPutBack(position.epoch) else { return }
        let before = histories[position.epoch]
        let isNext = before?.number == history.number - 1 && history.previous == position.epoch
        if epoch == position.epoch || (isNext && position.seq <= history.base) {
            world.violate("\(who) is reset to \(epoch) though it stood at \(position.epoch):\(position.seq)")
        }
    }

    func acknowledged(_ key: String, _ receipt: Receipt, to who: String) {
        if was(key, at: receipt.seq, in: receipt.epoch) { return }
        if message(at: receipt.seq, in: receipt.epoch) != key {
            world.violate("\(who) has \(key) acknowledged as \(receipt.epoch):\(receipt.seq), which it is not")
        }
        if let first = places[key]?.first(where: {
            goesOn(RoomPosition(epoch: $0.epoch, seq: $0.seq), in: receipt.epoch)
                && !isForgotten($0, in: receipt.epoch)
        }),
            first.seq != receipt.seq
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

    /// While the store's clock is put forward, two seconds and a half without a renewal are enough.
    private var longestSilence: Int { world.now - lastClockStep < 60_000_000 ? 2_400_000 : 4_000_000 }

    func renewed(_ server: String) {
        if let last = lastRenewal[server], world.now - last > longestSilence { lastAbsence[server] = world.now }
        lastRenewal[server] = world.now
    }

    /// A server is given up only after a lease without a word from it.
    func givenUp(_ server: String) {
        guard let last = lastRenewal[server], world.now - last < longestSilence else { return }
        if let absence = lastAbsence[server], world.now - absence < 2_500_000 { return }
        world.violate("\(server) is given up \(world.now - last) µs after it renewed its lease")
    }
}
