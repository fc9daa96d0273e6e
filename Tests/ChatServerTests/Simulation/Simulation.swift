@testable import ChatServer
@testable import Rooms

/// One room, some servers, some people, and everything that can go wrong, by chance.
final class Simulation {
    /// What is broken on purpose, to see that it is found.
    enum Sabotage: CaseIterable {
        case none, ignoresHoles, forgetsSent, neverSweeps, lastAttachmentWins, trustsItself
    }

    let world: World
    let oracle: Oracle
    let bus: ModelBus
    let store: ModelStore
    private(set) var servers: [ModelServer] = []
    private(set) var clients: [ModelClient] = []
    private let options: ModelServer.Options
    private var serverCount = 0
    private var isCalm = false
    private var faults: [Fault] = []
    /// Something is still to be looked at then.
    var endsNotBefore = 0

    init(seed: UInt64, sabotage: Sabotage = .none, isTracing: Bool = false) {
        world = World(seed: seed, isTracing: isTracing)
        oracle = Oracle(world)
        bus = ModelBus(world)
        var options = ModelServer.Options()
        options.history = world.random.element(of: [3, 10, 50]) ?? 50
        options.pageBytes = world.random.element(of: [150, 600, 4_000]) ?? 4_000
        // A page always fits, as in the settings.
        options.budget = options.pageBytes * 2 + world.random.number(1_500, 5_000)
        options.ignoresHoles = sabotage == .ignoresHoles
        self.options = options
        store = ModelStore(
            world, oracle, bus, retention: world.random.element(of: [8, 30, 1_000, 1_000]) ?? 1_000,
            pageSize: world.random.number(2, 12))
        store.forgetsSent = sabotage == .forgetsSent
        store.neverSweeps = sabotage == .neverSweeps
        store.lastAttachmentWins = sabotage == .lastAttachmentWins
        store.trustsItself = sabotage == .trustsItself
        bus.isStoreUp = { [unowned store] in store.isUp }
        // Not everything at once: what is rare would drown.
        faults = Fault.allCases.filter { _ in world.random.chance(40) }
        bus.keepsOrder = !faults.contains(.disorder)
        if faults.contains(.disorder) { bus.duplicates = 10 }
    }

    /// What went wrong; nil for nothing.
    func run() -> String? {
        for _ in 0..<world.random.number(2, 4) { addServer() }
        for _ in 0..<world.random.number(1, 4) { addClient() }
        world.note("faults: \(faults)")
        let end = world.random.milliseconds(3_000, 12_000)
        act()
        guard world.run(until: end) else { return world.violation }
        calmDown()
        var good = 0
        var complaint: String?
        for second in 1...40 {
            guard world.run(until: end + second * 1_000_000) else { return world.violation }
            complaint = unrest()
            good = complaint == nil ? good + 1 : 0
            if good >= 2, world.now >= endsNotBefore { return nil }
        }
        world.violate(complaint ?? "there is no rest")
        return world.violation
    }

    // MARK: People and machines

    @discardableResult
    func addServer() -> ModelServer {
        serverCount += 1
        let server = ModelServer("S\(serverCount)", world, store, bus, options: options)
        servers.append(server)
        world.note("\(server.name) starts")
        return server
    }

    func addClient(token: MemberToken? = nil) {
        let name = "C\(clients.count + 1)"
        clients.append(
            ModelClient(name, world, oracle, token: token) { [unowned self] in
                // A load balancer finds out in time who is dead, and only now and then who is frozen.
                let alive = servers.filter { $0.isAlive && (!$0.isFrozen || world.random.chance(20)) }
                return world.random.element(of: alive)
            })
    }

    private func act() {
        world.after(world.random.milliseconds(5, 250)) { [self] in
            if isCalm { return }
            let client = world.random.element(of: clients)
            switch world.random.number(0, 100) {
            case 0..<62:
                for _ in 0..<(world.random.chance(10) ? 10 : 1) { client?.say() }
            case 62..<66: client?.rename("name\(world.random.number(0, 100))")
            case 66..<70: if clients.count < 8 { addClient() }
            case 70..<73:
                // A second window with the same session storage.
                if clients.count < 8, let token = client?.token, client?.isDone == false { addClient(token: token) }
            case 73..<75: client?.leave(1000)
            default:
                if let fault = world.random.element(of: faults) { happen(fault) }
            }
            act()
        }
    }

    func happen(_ fault: Fault) { fault.happen(in: self) }

    private func calmDown() {
        world.note("calm")
        isCalm = true
        store.replyLoss = 0
        bus.duplicates = 0
        bus.keepsOrder = true
        if !store.isUp { store.resume() }
        for server in servers { server.thaw() }
        for client in clients { client.connection?.stalledUntil = 0 }
        for client in clients { client.connection?.pace = 0 }
        bus.loseNoMore()
        if !servers.contains(where: \.isAlive) { addServer() }
        // Nobody need look at an empty room; whoever comes must find it as it is.
        addClient()
    }

    // MARK: Rest

    /// What isn't yet as it must be when all is quiet.
    private func unrest() -> String? {
        let present = clients.filter { !$0.isDone }
        var expected: [String: String] = [:]
        for client in present {
            guard client.isJoined, let socket = client.socket else { return "\(client.name) has not joined" }
            if expected[socket] != nil { return "\(socket) is connected twice" }
            expected[socket] = store.members[socket]?.member.username ?? ""
            guard let position = client.position ?? (store.seq == 0 ? RoomPosition(epoch: "", seq: 0) : nil) else {
                return "\(client.name) has seen nothing"
            }
            if position.seq != store.seq { return "\(client.name) has seen \(position.seq) of \(store.seq)" }
            if position.seq > 0, !oracle.goesOn(position, in: store.epoch ?? "") {
                return "\(client.name) is in \(position.epoch), the room is not"
            }
            for (seq, key) in client.shown {
                if let real = oracle.message(at: seq, in: store.epoch ?? ""), real != key {
                    return "\(client.name) was shown \(key) as \(seq), which is \(real)"
                }
            }
            if !client.isSettled { return "\(client.name) has sends that are neither acknowledged nor failed" }
        }
        let members = store.members.mapValues(\.member.username)
        if members != expected { return "the roster has \(members.keys.sorted()), not \(expected.keys.sorted())" }
        for client in present where client.roster != members {
            return "\(client.name) is shown \(client.roster), the roster is \(members)"
        }
        // Whoever's place was taken has lost it to somebody who is still there, or has left by itself.
        for (socket, member) in store.members {
            guard let server = servers.first(where: { $0.name == member.server && $0.isAlive }) else {
                return "\(socket) is a ghost of \(member.server)"
            }
            let open = server.sessions.values.filter { $0.holds(socket, generation: member.generation) }
            if open.count != 1 { return "\(socket)#\(member.generation) has \(open.count) connections" }
        }
        return nil
    }
}
