import RESP
import Transport

/// One run: everything started, broken, quieted down and judged. All of it lives on one loop.
final class VerifyRun {
    private let options: VerifyOptions
    private let schedule: Schedule
    private let clock = RunClock()
    private let deployment: Deployment
    private let redis: RedisClient
    private let observer: RoomObserver
    private let crowd: [TestClient]
    private let injector: FaultInjector
    private let progress = Progress()
    private var isOver = false
    private(set) var settledAfter: Duration?

    init(_ options: VerifyOptions, on loop: isolated EventLoop) throws {
        self.options = options
        schedule = Schedule(
            Schedule.Setting(
                seed: options.seed, faults: options.faults, servers: options.servers, clients: options.clients,
                pace: options.pace, ownsProcesses: options.targets.isEmpty,
                canStepClock: options.clockShim != nil, only: options.only))
        let clock = clock
        let deployment =
            if let url = options.redis {
                Deployment.existing(servers: options.targets, redisURL: url)
            } else {
                try Deployment.own(options, clock: clock)
            }
        self.deployment = deployment
        let configuration = try RedisConfiguration(url: deployment.redisURL)
        redis = RedisClient(configuration, on: loop)
        // A Redis that is somebody's may hold the rooms of an earlier run.
        let mark = options.targets.isEmpty ? "" : "-\(RunMark.make())"
        let rooms = (0..<options.rooms).map { "verify\(mark)-\($0 + 1)" }
        observer = RoomObserver(rooms: rooms, redis: redis, clock: clock)
        crowd = (0..<options.clients).map { index in
            let stream = UInt64(index) * 2 + 1
            let model = ClientModel(
                name: "c\(index)", room: rooms[index % rooms.count], rate: options.rate,
                random: RunRandom(seed: options.seed, stream: stream))
            return TestClient(
                model: model, servers: deployment.servers, clock: clock,
                random: RunRandom(seed: options.seed, stream: stream + 1))
        }
        injector = FaultInjector(
            schedule: schedule, deployment: deployment, crowd: crowd, redis: redis, observer: observer, clock: clock)
    }

    /// - Throws: `VerifyError` when it could not be made.
    func run(_ report: (String) -> Void, on loop: isolated EventLoop) async throws -> (RunRecord, Verdict) {
        report(Report.heading(options, schedule, servers: deployment.servers, folder: deployment.folderPath))
        try await deployment.start(on: loop)
        for client in crowd { Task { await client.live(on: loop) } }
        Task { await observer.run(on: loop) }
        Task { await keepTime(on: loop) }
        Task { await watch(on: loop) }
        await injector.run(on: loop)
        await settle(on: loop)
        let record = makeRecord()
        isOver = true
        progress.end(state)
        observer.stop()
        for client in crowd { await client.stop(on: loop) }
        return (record, Judge(record: record).verdict())
    }

    private func keepTime(on loop: isolated EventLoop) async {
        while !isOver {
            for client in crowd { client.tick(on: loop) }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func watch(on loop: isolated EventLoop) async {
        while !isOver {
            for process in deployment.processes { process.sampleMemory() }
            progress.show(state)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Ends what was started. To be called in any case.
    func cleanUp(on loop: isolated EventLoop) async {
        isOver = true
        await redis.close()
        await deployment.stop(isKept: options.isKept, on: loop)
    }

    // MARK: The end

    /// Nobody says anything new; waits until everybody is back and everything is as it should be.
    private func settle(on loop: isolated EventLoop) async {
        let start = clock.now
        try? await Task.sleep(for: .seconds(2))
        for client in crowd { client.beQuiet() }
        var inARow = 0
        while clock.now - start < options.settle {
            try? await Task.sleep(for: .milliseconds(500))
            let isRead = await observer.lookAtAll(on: loop)
            inARow = isRead && isSettled ? inARow + 1 : 0
            if inARow == 3 {
                settledAfter = clock.now - start
                return
            }
        }
    }

    private var isSettled: Bool {
        for client in crowd {
            guard client.model.isJoined, client.model.pendingCount == 0,
                let room = observer.rooms[client.model.record.room], hasSeenAll(client.model.shown ?? 0, of: room)
            else { return false }
        }
        var verdict = Verdict()
        for (name, room) in observer.rooms {
            let clients = crowd.map(\.model.finalRecord).filter { $0.room == name }
            RosterJudge(name: name, room: room, clients: clients).judge(&verdict)
        }
        return verdict.violations.isEmpty
    }

    private func hasSeenAll(_ shown: Int, of room: RoomTruth) -> Bool {
        shown == room.seq || (shown < room.seq && room.hides((shown + 1)...room.seq))
    }

    private func makeRecord() -> RunRecord {
        RunRecord(
            retention: options.retention, rooms: observer.rooms, clients: crowd.map(\.model.finalRecord),
            losses: injector.losses, servers: deployment.processes.map(\.record), faults: injector.done,
            isSettled: settledAfter != nil)
    }

    private var state: Progress.State {
        var state = Progress.State(time: clock.now, faults: injector.done.count, ofFaults: schedule.faults.count)
        state.lastFault = injector.done.last.map { "\($0.kind)" } ?? ""
        for client in crowd { state.add(client.model, connections: client.reconnects) }
        return state
    }
}
