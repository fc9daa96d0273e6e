import RESP
import Transport

/// Tries again and again, on every loop's connection to Redis, what a join needs: the scripts, the commands in them, a
/// transaction that reads, and a publication that arrives. `/health` tells what came of it.
///
/// A connection that is up says little: a full Redis, a replica, one whose ACL lacks a command, one whose slots are
/// elsewhere and one that hears but doesn't answer are all connected.
package final class RedisHealthCheck: Sendable {
    private let clients: [RedisClient]
    private let channel: String
    private let server: String
    private let health: Locked<StoreHealth>
    private let isStopped = Locked(false)
    private let wasServing = Locked(false)

    /// - Parameter clients: one for each loop.
    init(_ clients: [RedisClient], server: String, database: Int) {
        self.clients = clients
        self.server = server
        channel = RoomKeys.healthChannel(of: server, database: database)
        health = Locked(StoreHealth(loops: clients.count))
    }

    /// What keeps Redis from serving a join; nil while nothing does.
    var problem: String? { health.withLock { $0.problem(at: .now) } }

    /// What was published by a trial has come back.
    func arrived() { health.withLock { $0.arrived(at: .now) } }

    func disconnected() { health.withLock { $0.disconnected() } }

    func start() {
        for client in clients {
            client.loop.submit { loop in self.run(client, on: loop) }
        }
    }

    func stop() { isStopped.withLock { $0 = true } }

    private func run(_ client: RedisClient, on loop: isolated EventLoop) {
        loop.startTask { [self] in
            var trials = 0
            while !isStopped.withLock({ $0 }), !loop.isStopped {
                // Another tag each time: in a cluster it falls into another slot.
                trials += 1
                await attempt(with: client, tag: "\(server)-\(trials)", on: loop)
                await loop.sleep(for: problem == nil ? StoreHealth.interval : StoreHealth.impatience)
            }
        }
    }

    private func attempt(with client: RedisClient, tag: String, on loop: isolated EventLoop) async {
        let index = clients.firstIndex { $0 === client } ?? 0
        do throws(RedisError) {
            try await attempt(with: client, keys: HealthKeys(tag: tag), on: loop)
            health.withLock { $0.succeeded(loop: index, at: .now) }
        } catch {
            if case .closed = error { return }
            let isRedirection = ["MOVED", "ASK", "CROSSSLOT"].contains(error.replyCode ?? "")
            let reason = String("\(error)".prefix(200))
            health.withLock { $0.failed(loop: index, reason, isRedirection: isRedirection, at: .now) }
        }
        tellChange()
    }

    /// Says in the log when it begins and when it ceases to serve.
    private func tellChange() {
        let problem = problem
        let isNew = wasServing.withLock { was in
            defer { was = problem == nil }
            return was != (problem == nil)
        }
        guard isNew else { return }
        if let problem { Log.warning("nobody can join: \(problem)") } else { Log.info("rooms can be joined") }
    }

    private func attempt(
        with client: RedisClient, keys: HealthKeys, on loop: isolated EventLoop
    ) async throws(RedisError) {
        let start = ContinuousClock.now
        func left() -> Duration { max(.milliseconds(1), StoreHealth.timeout - start.duration(to: .now)) }
        let connection = try await client.connection(within: StoreHealth.timeout)
        let script = RedisCommand(RoomScripts.trial, keys: [keys.hash, keys.sortedSet], arguments: [channel])
        _ = try await client.send(script, timeout: left(), on: connection)
        let reading = [
            RedisCommand("HMGET", keys.hash, "run", "epoch"), RedisCommand("HGETALL", keys.hash),
            RedisCommand("ZRANGE", keys.sortedSet, "+inf", "-inf", "BYSCORE", "REV", "LIMIT", 0, 1, "WITHSCORES"),
        ]
        for reply in try await client.transaction(reading, timeout: left(), on: connection) {
            if let message = reply.errorMessage { throw .reply(message) }
        }
    }
}

/// The keys of one trial, which are deleted before it ends. No room can have them: their tag is no room's name.
private struct HealthKeys {
    let hash: String
    let sortedSet: String

    init(tag: String) {
        hash = "chat:{!\(tag)}:trial:hash"
        sortedSet = "chat:{!\(tag)}:trial:sorted"
    }
}
