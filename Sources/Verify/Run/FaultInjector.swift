import RESP
import Transport
import WebSocket

/// Does what the schedule says, when it says so.
final class FaultInjector {
    private static let drainPatience: Duration = .seconds(12)

    private let schedule: Schedule
    private let deployment: Deployment
    private let crowd: [TestClient]
    private let redis: RedisClient
    private let observer: RoomObserver
    private let clock: RunClock
    private var underWay = 0
    private(set) var done: [Fault] = []
    private(set) var losses: [RunRecord.Loss] = []

    init(
        schedule: Schedule, deployment: Deployment, crowd: [TestClient], redis: RedisClient, observer: RoomObserver,
        clock: RunClock
    ) {
        self.schedule = schedule
        self.deployment = deployment
        self.crowd = crowd
        self.redis = redis
        self.observer = observer
        self.clock = clock
    }

    /// Returns when the last fault is over, and all that was down is up again.
    func run(on loop: isolated EventLoop) async {
        for fault in schedule.faults {
            let wait = fault.at - clock.now
            if wait > .zero { try? await Task.sleep(for: wait) }
            done.append(fault)
            underWay += 1
            Task {
                await apply(fault.kind, on: loop)
                underWay -= 1
            }
        }
        await eventually(within: .seconds(60), on: loop) { self.underWay == 0 }
        for process in deployment.processes + (deployment.redis.map { [$0] } ?? []) {
            process.thaw()
            await process.start(on: loop)
        }
    }

    private func apply(_ kind: Fault.Kind, on loop: isolated EventLoop) async {
        switch kind {
        case .serverKill(let index, let down):
            let server = deployment.processes[index]
            await server.kill(on: loop)
            await startAgain(server, after: down, on: loop)
        case .serverTerminate(let index, let down):
            let server = deployment.processes[index]
            await server.terminate(within: Self.drainPatience, on: loop)
            await startAgain(server, after: down, on: loop)
        case .serverFreeze(let index, let lasting):
            await freeze(deployment.processes[index], for: lasting, on: loop)
        case .redisKill(let down):
            guard let process = deployment.redis else { return }
            await process.kill(on: loop)
            await startAgain(process, after: down, on: loop)
        case .redisTerminate(let down):
            guard let process = deployment.redis else { return }
            await process.terminate(within: Self.drainPatience, on: loop)
            await startAgain(process, after: down, on: loop)
        case .redisFreeze(let lasting):
            if let process = deployment.redis { await freeze(process, for: lasting, on: loop) }
        case .redisRestore(let age):
            await restore(age: age, on: loop)
        case .redisPutBack(let age):
            await putBack(age: age)
        case .membersLost(let client):
            await observer.loseMembers(of: crowd[client].model.record.room)
        case .clockStep, .scriptsFlushed:
            await applyToData(kind, on: loop)
        case .linksForgotten(let index): deployment.proxies[index].forgetLinks()
        case .logUnread(let index, let lasting):
            let server = deployment.processes[index]
            server.stopReadingLog()
            // There must be something to be written.
            _ = try? await redis.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub"), timeout: .seconds(3))
            try? await Task.sleep(for: lasting / 2)
            await expectLife(of: index, on: loop)
            try? await Task.sleep(for: lasting / 2)
            server.readLogAgain()
        case .subscriberLinksCut:
            _ = try? await redis.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub"), timeout: .seconds(3))
        default:
            await applyToClients(kind, on: loop)
        }
    }

    /// A server whose log nobody reads goes on: `/live` is asked for, with two seconds for the answer.
    private func expectLife(of index: Int, on loop: isolated EventLoop) async {
        let server = deployment.processes[index]
        var options = WebSocketClient.Options()
        options.timeout = .seconds(2)
        do throws(WebSocketClientError) {
            let socket = try await WebSocketClient.connect(
                to: deployment.servers[index] + "/live", options: options, on: loop)
            await socket.abort()
        } catch .timedOut {
            server.note("did not answer while nobody read its log")
        } catch {
            // It answers that this is no WebSocket: it lives.
        }
    }

    private func applyToData(_ kind: Fault.Kind, on loop: isolated EventLoop) async {
        switch kind {
        case .clockStep(let step, let lasting):
            try? deployment.clockShim?.step(by: step)
            try? await Task.sleep(for: lasting)
            try? deployment.clockShim?.step(by: .zero)
        case .scriptsFlushed: _ = try? await redis.send(RedisCommand("SCRIPT", "FLUSH"), timeout: .seconds(3))
        default: break
        }
    }

    private func applyToClients(_ kind: Fault.Kind, on loop: isolated EventLoop) async {
        switch kind {
        case .clientsCut(let clients):
            for client in clients { await crowd[client].cut(on: loop) }
        case .clientsRoam(let clients):
            for client in clients { crowd[client].roam(on: loop) }
        case .clientsSlow(let clients, let lasting):
            let rooms = Set(clients.map { crowd[$0].model.record.room })
            for client in clients { crowd[client].beSlow(for: lasting) }
            for client in crowd where rooms.contains(client.model.record.room) { client.rush(for: lasting) }
            try? await Task.sleep(for: lasting)
        case .clientsLeave(let clients):
            for client in clients { await crowd[client].leaveForGood(on: loop) }
        case .handshakesVanish(let server, let count):
            let room = crowd.randomElement()?.model.record.room ?? "lobby"
            for number in 0..<count {
                await VanishingClient.run(against: deployment.servers[server], room: room, number: number, on: loop)
            }
        default: break
        }
    }

    // MARK: Processes

    private func startAgain(_ process: ManagedProcess, after down: Duration, on loop: isolated EventLoop) async {
        try? await Task.sleep(for: down)
        await process.start(on: loop)
    }

    private func freeze(_ process: ManagedProcess, for lasting: Duration, on loop: isolated EventLoop) async {
        process.freeze()
        try? await Task.sleep(for: lasting)
        process.thaw()
    }

    private func putBack(age: Duration) async {
        let copied = clock.now
        guard let copy = await KeyCopy.take(from: redis) else { return }
        try? await Task.sleep(for: age)
        observer.keysArePutBack()
        await copy.putBack(into: redis)
        losses.append(RunRecord.Loss(copied: copied, stopped: clock.now))
        observer.keysArePutBack()
    }

    private func restore(age: Duration, on loop: isolated EventLoop) async {
        guard let process = deployment.redis else { return }
        let copied = clock.now
        do {
            try deployment.copyData()
            try? await Task.sleep(for: age)
            await process.kill(on: loop)
            losses.append(RunRecord.Loss(copied: copied, stopped: clock.now))
            try deployment.restoreData()
        } catch {
            Log.warning("the older data could not be put back: \(error)")
        }
        await process.start(on: loop)
    }
}
