@testable import ChatServer
@testable import Rooms

/// What can go wrong.
enum Fault: CaseIterable {
    // Clients
    case cut, halfOpen, goingAway, stall, slowReader
    // PUB/SUB
    case loss, silentCut, noticedCut, disorder
    // The store
    case restart, olderCopy, emptied, away, lostReplies, putBack, lostMembers, clockStep
    // Servers
    case freeze, kill

    func happen(in room: Simulation) {
        let (world, store, bus) = (room.world, room.store, room.bus)
        let client = world.random.element(of: room.clients)
        let server = world.random.element(of: room.servers.filter(\.isAlive))
        switch self {
        case .cut: client?.cut(noticedAfter: world.random.milliseconds(0, 20))
        case .halfOpen: client?.cut(noticedAfter: world.random.milliseconds(500, 8_000))
        case .goingAway: client?.lose(1001)
        case .stall:
            client?.connection?.stalledUntil = world.now + world.random.milliseconds(100, 4_000)
        case .slowReader: client?.connection?.pace = world.random.milliseconds(5, 60)
        case .loss: server?.link.toLose = world.random.number(1, 5)
        case .silentCut: if let server { bus.cut(server.link, after: world.random.milliseconds(100, 4_000)) }
        case .noticedCut: if let server { bus.cut(server.link, after: 0) }
        case .disorder: break
        case .restart: restart(with: .same, room)
        case .olderCopy: world.random.chance(50) ? store.backUp() : restart(with: .older, room)
        case .emptied: if world.random.chance(30) { restart(with: .none, room) }
        case .putBack: world.random.chance(60) ? store.backUp() : store.putBack()
        case .lostMembers: if store.isUp { store.loseMembers() }
        case .clockStep: store.stepClock()
        case .away:
            guard store.isUp else { return }
            store.stop()
            world.after(world.random.milliseconds(100, 7_000)) { if !store.isUp { store.resume() } }
        case .lostReplies:
            store.replyLoss = 30
            room.oracle.lastDisturbance = world.now
            world.after(world.random.milliseconds(100, 1_500)) { store.replyLoss = 0 }
        case .freeze:
            guard let server, !server.isFrozen else { return }
            server.freeze()
            world.after(world.random.milliseconds(200, 9_000)) { server.thaw() }
        case .kill:
            guard let server else { return }
            server.kill()
            GhostWatch(server, in: room).begin()
            world.after(world.random.milliseconds(100, 6_000)) { room.addServer() }
        }
    }

    private func restart(with copy: ModelStore.Copy, _ room: Simulation) {
        guard room.store.isUp else { return }
        room.store.stop()
        let store = room.store
        room.world.after(room.world.random.milliseconds(20, 1_500)) { if !store.isUp { store.start(with: copy) } }
    }
}

/// While the store answers, the members of a dead server are gone from the roster within 6 s.
struct GhostWatch {
    private let server: ModelServer
    private let room: Simulation

    init(_ server: ModelServer, in room: Simulation) { (self.server, self.room) = (server, room) }

    func begin() {
        let (world, killedAt) = (room.world, room.world.now)
        // Only judges who have been there for a while, and are not disturbed, are bound to their time.
        let quietSince = killedAt - 2_000_000
        let judges = room.servers.filter { $0.mayJudge && $0.startedAt < quietSince }
        if judges.isEmpty { return }
        room.endsNotBefore = killedAt + 6_000_001
        world.after(6_000_000) {
            guard room.oracle.lastDisturbance < quietSince,
                judges.contains(where: { $0.mayJudge && $0.disturbedAt < quietSince })
            else { return }
            room.oracle.sights.ghostWatches += 1
            for (socket, member) in room.store.members where member.server == server.name {
                world.violate("\(socket) is a ghost of \(server.name), dead for 6 s")
            }
        }
    }
}
