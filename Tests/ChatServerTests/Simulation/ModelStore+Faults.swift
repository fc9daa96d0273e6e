@testable import ChatServer
@testable import Rooms

/// What can happen to the store and to what it keeps.
extension ModelStore {
    enum Copy { case same, older, none }

    func backUp() { backups.append(data) }

    func stop() {
        world.note("store: stops")
        isUp = false
        oracle.lastDisturbance = .max
        bus.cutAll()
    }

    func start(with copy: Copy) {
        let index = backups.isEmpty ? nil : world.random.number(0, backups.count)
        switch copy {
        case .same: break
        case .older: if let index { data = backups[index] }
        case .none: data = Data()
        }
        if copy != .same { oracle.forgetOpenings() }
        if let epoch = data.epoch { oracle.restored(epoch, with: data.messages) }
        world.note("store: starts with \(copy) data, at \(data.seq)")
        runs += 1
        resume()
    }

    /// An older copy is put back while it runs: of everything, or of the room alone.
    func putBack() {
        guard isUp, !backups.isEmpty else { return }
        let (index, isWhole) = (world.random.number(0, backups.count), world.random.chance(50))
        var older = backups[index]
        if !isWhole { older.leases = data.leases }
        data = older
        world.note("store: put back to \(data.epoch ?? "nothing"):\(data.seq), rev \(data.rev)")
        oracle.putBack(data.epoch, to: data.seq, with: data.messages)
    }

    /// The key of the roster is lost, or one field of it; sometimes a session with it.
    func loseMembers() {
        let lost = world.random.chance(50) ? data.members.keys.sorted() : data.members.keys.sorted().suffix(1)
        world.note("store: loses the members \(lost)")
        for socket in lost {
            data.members[socket] = nil
            if world.random.chance(30) { data.sessions[socket] = nil }
        }
        oracle.forgetOpenings()
    }

    func stepClock() {
        clockStep = world.random.chance(30) ? 0 : Int64(world.random.number(-90, 90)) * 1_000
        world.note("store: its clock is put to \(clockStep) ms from the right one")
        oracle.clockStepped()
    }

    /// It was away, and has lost nothing, not even its run.
    func resume() {
        isUp = true
        oracle.lastDisturbance = world.now
    }
}
