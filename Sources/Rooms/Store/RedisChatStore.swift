package import RESP
package import Transport

/// Rooms in Redis, shared by any number of servers: a command connection for each loop, and one that listens.
package final class RedisChatStore: ChatStore {
    package struct Options: Sendable {
        /// Messages kept a room.
        package var retention = 1_000
        /// Bytes of the largest message that is read; others are left out.
        package var messageLimit = RoomPayload.sizeLimit(text: 8_192)
        /// How long a call may be held while Redis is away.
        package var patience: Duration = .seconds(5)
        /// How long a send stays repeatable.
        package var repeatWindow: Duration = .seconds(300)
        /// For proving that servers of two versions get along; debug builds alone know it.
        package var imitatesLaterVersion = false

        package init() {}
    }

    let configuration: RedisConfiguration
    let options: Options
    let server: String
    let clients: [RedisClient]
    private let epochs = RandomSeries()
    let runs = RunIDs()
    /// How far this server has shown each room.
    let heads = Locked<[RoomName: RoomHead]>([:])
    /// Of those rooms, when a message may be kept by the quick script.
    let upkeep = Locked<[RoomName: SendUpkeep]>([:])
    /// What time it is for Redis.
    let clock = Locked(RedisClock())
    private let listener: RedisRoomListener
    private let health: RedisHealthCheck

    /// So often an attachment is tried where Redis' clock isn't what it was taken for; the last time the order of a member's
    /// connections is left to chance.
    private static let clockTrials = 4

    /// What a connection is greeted with: it tells the run of Redis.
    package static let handshake = [RedisCommand("INFO", "server")]

    /// - Parameter server: this server's random name.
    package init(_ configuration: RedisConfiguration, options: Options, server: String, on group: EventLoopGroup) {
        var configuration = configuration
        configuration.scripts = RoomScripts.all
        configuration.handshake = Self.handshake
        self.configuration = configuration
        self.options = options
        self.server = server
        clients = group.loops.map { RedisClient(configuration, on: $0) }
        var listening = configuration
        listening.scripts = []
        // As often as there is a new link: what Redis does when its memory is full may change with a restart.
        listening.handshake = [RedisCommand("INFO", "memory")]
        health = RedisHealthCheck(clients, server: server, database: configuration.database)
        listener = RedisRoomListener(
            listening, payloadLimit: options.messageLimit,
            healthChannel: RoomKeys.healthChannel(of: server, database: configuration.database), health: health,
            on: group.loops[0])
    }

    package var summary: String {
        "Redis at \(configuration.description): rooms are shared with every server that uses it"
    }
    package var problem: String? { listener.isConnected ? health.problem : "the link that listens to Redis is down" }
    /// Whether Redis has told its time.
    var knowsTime: Bool { clock.withLock { $0.time(of: .now, now: .now) } != nil }
    var database: Int { configuration.database }

    package func start(_ feed: LoopBound<any RoomFeed>) async {
        await listener.start(feed)
        health.start()
    }

    package func stop() async {
        health.stop()
        await listener.stop()
        for client in clients { await client.close() }
    }

    package func open(_ room: RoomName) { listener.open(room, channel: RoomKeys(room, database: database).channel) }
    package func close(_ room: RoomName) { listener.close(room, channel: RoomKeys(room, database: database).channel) }

    package func remember(_ head: RoomHead?, of room: RoomName) {
        heads.withLock { $0[room] = head }
        if head == nil { upkeep.withLock { $0[room] = nil } }
    }

    /// Who answers, and its version.
    package func describeServer(within timeout: Duration) async throws(RedisError) -> RedisServerInfo {
        RedisServerInfo(try await clients[0].connection(within: timeout))
    }

    // MARK: Changing

    package func session(
        of socket: String, in room: RoomName, by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> StoredSession? {
        let command = RedisCommand("HMGET", RoomKeys(room, database: database).session(socket), "secret", "member")
        // A key of another type is nobody's session: the attachment will replace it.
        let reply: RESPValue
        do throws(StoreError) {
            reply = try await patiently(by: deadline, on: loop) { client, _, timeout async throws(RedisError) in
                try await client.send(command, timeout: timeout)
            }
        } catch .failed {
            return nil
        }
        guard let parts = reply.elements, parts.count == 2, let secret = parts[0].string, !secret.isEmpty,
            let member = parts[1].bytes.flatMap({ Member(stored: $0) }), member.socket == socket
        else { return nil }
        return StoredSession(secret: secret, member: member)
    }

    package func attach(
        _ member: Member, secret: String, attempt: String, opened: ContinuousClock.Instant, to room: RoomName,
        by deadline: ContinuousClock.Instant?, on loop: isolated EventLoop
    ) async throws(StoreError) -> Attachment? {
        let keys = RoomKeys(room, database: database)
        var reply = RESPValue.nullBulkString
        for trial in 1...Self.clockTrials {
            var asked = ContinuousClock.now
            reply = try await run(
                RoomScripts.attach, keys, key: keys.session(member.socket),
                arguments: [
                    member.socket, server, StoreFormat.memberHead(member), StoreFormat.memberTail(server: server),
                    secret,
                    attempt, further(of: member),
                ],
                timed: { now in
                    asked = now
                    return times(of: opened, now: now, isLast: trial == Self.clockTrials)
                }, by: deadline, on: loop)
            guard let text = reply.string, text.hasPrefix("clock:"), let time = Int64(text.dropFirst(6)) else { break }
            clock.withLock { $0.observe(time, asked: asked, answered: .now) }
        }
        if reply.string == "superseded" { return nil }
        guard let parts = reply.elements, parts.count == 4, let epoch = parts[0].string, let rev = parts[1].int64,
            let field = parts[2].bytes, let stored = StoredMember(stored: field), stored.member.socket == member.socket,
            stored.generation > 0
        else { throw .failed("an attachment was answered with \(reply)") }
        return Attachment(member: stored.member, generation: stored.generation, epoch: epoch, rev: Int(rev))
    }

    /// When the connection was opened, and what time it is: by Redis' clock, or nothing where that isn't known, or has been
    /// found wrong each time.
    private func times(of opened: ContinuousClock.Instant, now: ContinuousClock.Instant, isLast: Bool) -> [String] {
        clock.withLock { clock in
            guard !isLast, let opened = clock.time(of: opened, now: now), let now = clock.time(of: now, now: now) else {
                return ["", ""]
            }
            return [String(opened), String(now)]
        }
    }

    package func putBack(
        _ member: Member, secret: String, generation: Int, to room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) -> Bool {
        let keys = RoomKeys(room, database: database)
        let reply = try await run(
            RoomScripts.putBack, keys, key: keys.session(member.socket),
            arguments: [
                member.socket, server, generation, StoreFormat.member(member), field(member, generation: generation),
                secret,
            ], on: loop)
        return reply.string == "present"
    }

    /// A member as its field in the roster says it.
    private func field(_ member: Member, generation: Int) -> [UInt8] {
        StoreFormat.memberHead(member) + Array(String(member.joined).utf8) + member.further
            + StoreFormat.memberTail(server: server)
            + Array("\(generation)}".utf8)
    }

    package func leave(
        _ socket: String, generation: Int, from room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        let keys = RoomKeys(room, database: database)
        _ = try await run(RoomScripts.leave, keys, arguments: [socket, server, generation], on: loop)
    }

    package func rename(
        _ member: Member, generation: Int, in room: RoomName, by deadline: ContinuousClock.Instant?,
        on loop: isolated EventLoop
    ) async throws(StoreError) {
        let keys = RoomKeys(room, database: database)
        _ = try await run(
            RoomScripts.rename, keys, key: keys.session(member.socket),
            arguments: [
                member.socket, server, generation, StoreFormat.member(member), field(member, generation: generation),
            ], by: deadline, on: loop)
    }

    package func sweep(_ servers: [String], from room: RoomName, on loop: isolated EventLoop) async throws(StoreError) {
        _ = try await run(RoomScripts.sweep, RoomKeys(room, database: database), arguments: servers, on: loop)
    }

    package func renewLease(on loop: isolated EventLoop) async throws(StoreError) -> Leases? {
        let command = RedisCommand(
            RoomScripts.lease, keys: [RoomKeys.servers],
            arguments: [server, Presence.lease.milliseconds, Presence.memory.milliseconds])
        let (run, reply) = try await patiently(on: loop) { client, connection, timeout async throws(RedisError) in
            let (run, asked) = (runs.run(of: connection, on: loop), ContinuousClock.now)
            let reply = try await client.send(command, timeout: min(timeout, Presence.renewal), on: connection)
            if let now = reply.elements?.first?.int64 {
                clock.withLock { $0.observe(now, asked: asked, answered: .now) }
            }
            return (run, reply)
        }
        guard let parts = reply.elements, parts.count == 2, let now = parts[0].int64, let flat = parts[1].elements
        else { throw .failed("a lease was answered with \(reply)") }
        var expiry: [String: Int64] = [:]
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            if let name = flat[index].string, let end = flat[index + 1].int64 { expiry[name] = end }
        }
        return Leases(run: run, now: now, expiry: expiry)
    }

    package func announceTyping(
        _ socket: String, epoch: String, in room: RoomName, on loop: isolated EventLoop
    ) async throws(StoreError) {
        let channel = RoomKeys(room, database: database).channel
        _ = try await patiently(on: loop) { client, _, timeout async throws(RedisError) in
            try await client.send(
                RedisCommand("PUBLISH", channel, StoreFormat.typing(socket, epoch: epoch)), timeout: timeout)
        }
    }

    /// - Parameters:
    ///   - timed: further arguments, which depend on when the script is sent.
    ///   - head: how far the room has been shown, where that isn't what is remembered of it.
    func run(
        _ script: RedisScript, _ keys: RoomKeys, key: String? = nil, arguments: [any RedisArgument] = [],
        timed: (ContinuousClock.Instant) -> [String] = { _ in [] },
        knowing head: RoomHead? = nil, by deadline: ContinuousClock.Instant? = nil, on loop: isolated EventLoop
    ) async throws(StoreError) -> RESPValue {
        let known = head ?? heads.withLock { $0[keys.room] }
        let all = [keys.meta, keys.messages, keys.members] + (key.map { [$0] } ?? [])
        return try await patiently(by: deadline, on: loop) { client, connection, timeout async throws(RedisError) in
            // The run id is this connection's: a script with another must never be written to the next one.
            let run = runs.run(of: connection, on: loop)
            let prologue: [any RedisArgument] = [
                run, epochs.next(), keys.channel, known?.epoch ?? "", known?.seq ?? 0, known?.rev ?? 0,
            ]
            return try await client.send(
                RedisCommand(script, keys: all, arguments: prologue + arguments + timed(.now)), timeout: timeout,
                on: connection)
        }
    }

    /// Repeats `body` while Redis is away, until `patience` is over, or it is later than `deadline`. What it does must be
    /// repeatable.
    func patiently<Result>(
        by limit: ContinuousClock.Instant? = nil, on loop: isolated EventLoop,
        _ body: (RedisClient, RedisConnectionInfo, Duration) async throws(RedisError) -> Result
    ) async throws(StoreError) -> Result {
        let client = clients[loop.index]
        let patience = ContinuousClock.now.advanced(by: options.patience)
        let deadline = min(patience, limit ?? patience)
        var pause: Duration = .milliseconds(20)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            do throws(RedisError) {
                if left <= .zero { throw .timedOut }
                // Where it is lost by now, what is sent over it fails and is repeated.
                let current = client.currentConnection(on: loop)
                let connection: RedisConnectionInfo
                if let current { connection = current } else { connection = try await client.connection(within: left) }
                return try await body(
                    client, connection, max(.milliseconds(1), ContinuousClock.now.duration(to: deadline)))
            } catch {
                if case .closed = error { throw .unavailable("\(error)") }
                if error.replyCode.map(String.init) == RoomFormat.errorCode {
                    throw .laterFormat("the room is of a later format than \(RoomFormat.current): \(error)")
                }
                guard error.isAway else { throw .failed("\(error)") }
                guard ContinuousClock.now.advanced(by: pause) < deadline else { throw .unavailable("\(error)") }
            }
            await loop.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
        }
    }
}

extension RedisError {
    private static let awayCodes: [Substring] = [
        "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM", "BUSY", "NOSCRIPT", "MISCONF",
        "NOREPLICAS",
    ]

    /// Whether Redis is away for now, so that the same may work in a moment.
    fileprivate var isAway: Bool {
        switch self {
        case .connectionLost, .timedOut, .notConnected, .connectionChanged, .queueFull: true
        case .reply(let text):
            // Before Redis 7 a script's error begins with ERR, and has the command's own in the middle.
            Self.awayCodes.contains(text.split(separator: " ").first ?? "")
                || text.hasPrefix("ERR Error running script") && Self.awayCodes.contains { text.contains("-\($0) ") }
        default: false
        }
    }
}
