import TestSupport
import Testing
import Transport

@testable import RESP

/// What becomes of commands when the link, or Redis, is gone.
struct LossTests {
    /// A command that Redis holds back: written, and never answered.
    private func blocked(_ client: RedisClient) -> Task<RESPValue, any Error> {
        Task { try await client.send(RedisCommand("BLPOP", uniqueName(), 0), timeout: .seconds(30)) }
    }

    /// Waits until Redis has got a command that it holds back.
    private func holdsBack(_ server: RedisServer) async throws {
        try await withClient(server.url) { observer in
            try await eventually("Redis holds the command back") {
                try await observer.send(RedisCommand("INFO", "clients")).string?.contains("blocked_clients:1") == true
            }
        }
    }

    @Test("killed under it, what was written fails; what comes later waits and succeeds after the restart")
    func killAndRestart() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.commandTimeout = .seconds(20)
        } _: { client in
            let written = blocked(client)
            try await holdsBack(server)
            try await server.kill()
            guard case .connectionLost = try await failure(of: written) else {
                Issue.record("the written command did not fail with connectionLost")
                return
            }
            let waiting = (0..<10).map { number in Task { try await client.set("key \(number)", to: number) } }
            let lost = await #expect(throws: RedisError.self) {
                _ = try await client.send(RedisCommand("PING"), timeout: .milliseconds(100))
            }
            guard case .notConnected(let reason) = lost else {
                Issue.record("\(String(describing: lost))")
                return
            }
            #expect(reason.contains("refused"))
            try await server.start()
            for task in waiting { try await task.value }
            #expect(try await client.get("key 7") == Array("7".utf8))
            #expect(try await client.connection(within: .seconds(1)).number == 2)
        }
    }

    @Test("ended in order, Redis is found again as well")
    func stopAndRestart() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.commandTimeout = .seconds(20)
        } _: { client in
            try await client.ping()
            for _ in 0..<2 {
                try await server.stop()
                try await server.start()
                try await client.set("key", to: "value")
            }
        }
    }

    @Test("after a restart the client is back within little more than a second")
    func reconnectsSoon() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) { client in
            _ = try await client.connection(within: .seconds(10))
            try await server.kill()
            // Long enough for the delays to grow to their longest.
            await #expect(throws: RedisError.self) { _ = try await client.connection(within: .seconds(2)) }
            try await server.start()
            let start = ContinuousClock.now
            _ = try await client.connection(within: .seconds(10))
            #expect(start.duration(to: .now) < .seconds(3))
        }
    }

    @Test("without a link only so many commands wait; one more fails at once")
    func queueFull() async throws {
        try await withClient("redis://127.0.0.1:\(try FreePort.reserve())") { configuration in
            configuration.maximumCommands = 10
            configuration.commandTimeout = .seconds(20)
        } _: { client in
            let failures = Recorder<RedisError>()
            let tasks = (0..<20).map { _ in
                Task {
                    do throws(RedisError) {
                        _ = try await client.send(RedisCommand("PING"))
                    } catch {
                        failures.record(error)
                    }
                }
            }
            try await failures.wait("as many as there is no room for are refused") { $0.count == 10 }
            #expect(failures.events.allSatisfy { $0 == .queueFull(limit: 10) })
            await client.close()
            for task in tasks { await task.value }
            #expect(failures.events.count == 20 && failures.events.dropFirst(10).allSatisfy { $0 == .closed })
        }
    }

    @Test("a frozen Redis: the command times out, and what comes after the thaw gets its own reply")
    func frozen() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.commandTimeout = .seconds(20)
        } _: { client in
            try await client.set("a", to: "A")
            try await client.set("b", to: "B")
            try server.freeze()
            await #expect(throws: RedisError.timedOut) {
                _ = try await client.send(RedisCommand("GET", "a"), timeout: .milliseconds(50))
            }
            let later = Task { try await client.get("b") }
            try server.thaw()
            #expect(try await later.value == Array("B".utf8))
            #expect(try await client.connection(within: .seconds(1)).number == 1)
        }
    }

    @Test("half-open: the link is given up after the command timeout, and the next one works")
    func halfOpen() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) {
            $0.commandTimeout = .milliseconds(200)
        } _: { client in
            let first = try await client.connection(within: .seconds(10))
            await proxy.set(.swallow)
            await #expect(throws: RedisError.timedOut) { try await client.ping() }
            await proxy.set(.pass)
            #expect(try await client.connection(within: .seconds(10)).number > first.number)
            // On a busy machine a command may take longer than it may.
            try await eventually("it works") { (try? await client.ping()) != nil }
        }
    }

    @Test("one impatient command on a link that was idle doesn't cost the others their link")
    func impatience() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) {
            $0.commandTimeout = .seconds(2)
        } _: { client in
            try await client.ping()
            // Time has to pass here: nothing is heard for longer than the command timeout.
            try await Task.sleep(for: .milliseconds(2_100))
            await proxy.set(.delay(.milliseconds(500)))
            let impatient = Task { try await client.send(RedisCommand("PING"), timeout: .milliseconds(20)) }
            let patient = Task { try await client.send(RedisCommand("PING"), timeout: .seconds(10)) }
            #expect(try await failure(of: impatient) == .timedOut)
            #expect(try await failure(of: patient) == nil)
            #expect(try await client.connection(within: .seconds(1)).number == 1)
        }
    }

    @Test("a slow link loses no order and no reply")
    func delayed() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) { client in
            let key = uniqueName()
            await proxy.set(.delay(.milliseconds(5)))
            for number in 1...20 { #expect(try await client.hashIncrement(key, field: "n") == number) }
            try await client.delete(key)
        }
    }

    @Test("a command that is bound to a connection fails on every other, and is not written")
    func boundCommands() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) { client in
            let (key, first) = (uniqueName(), try await client.connection(within: .seconds(10)))
            _ = try await client.send(RedisCommand("SET", key, "1"), on: first)
            await proxy.set(.refuse)
            await proxy.cut()
            try await eventually("the link is lost") {
                let bound = Task { try await client.send(RedisCommand("INCR", key), on: first) }
                return try await failure(of: bound) == .connectionChanged
            }
            await proxy.set(.pass)
            let second = try await client.connection(within: .seconds(10))
            #expect(second.number > first.number)
            await #expect(throws: RedisError.connectionChanged) {
                _ = try await client.transaction([RedisCommand("SET", key, "2")], on: first)
            }
            _ = try await client.send(RedisCommand("DEL", key), on: second)
        }
    }

    @Test("closing fails all that is under way, and leaves neither session nor connection behind")
    func close() async throws {
        let (server, loop) = (try await RedisServer(), TestLoops.next())
        let proxy = try await FaultProxy(to: server.port)
        let results = Recorder<Result<RESPValue, RedisError>>()
        let configuration = try RedisConfiguration(url: proxy.url)
        let session = LoopBound(Weak(CommandSession(configuration: configuration)), loop: loop)
        await loop.run { loop in
            let session = session.open(on: loop)
            session.strong?.start(on: loop)
            session.strong?.submit(
                .single(RedisCommand("BLPOP", "none", 0)), timeout: .seconds(30), connection: nil, on: loop
            ) { results.record($0) }
        }
        try await holdsBack(server)
        await loop.run { loop in
            let session = session.open(on: loop)
            session.strong?.submit(.single(RedisCommand("PING")), timeout: nil, connection: nil, on: loop) {
                results.record($0)
            }
            session.strong?.close(on: loop)
            session.strong?.submit(.single(RedisCommand("PING")), timeout: nil, connection: nil, on: loop) {
                results.record($0)
            }
            session.strong = nil
        }
        #expect(results.events == [.failure(.closed), .failure(.closed), .failure(.closed)])
        try await eventually("the session is gone") { await loop.run { loop in session.open(on: loop).weak == nil } }
        try await eventually("the connection is gone") { await proxy.linkCount == 0 }
    }

    @Test("when the loops end, nobody waits for ever: not what waits, not what comes later, not close")
    func loopEnds() async throws {
        let group = try EventLoopGroup(count: 1)
        let client = RedisClient(
            RedisConfiguration(host: "127.0.0.1", port: try FreePort.reserve()), on: group.next())
        let waiting = Task { try await client.send(RedisCommand("PING"), timeout: .seconds(60)) }
        let messages = Task {
            for try await _ in client.subscribe(to: "channel") {}
        }
        await #expect(throws: RedisError.self) { _ = try await client.connection(within: .milliseconds(20)) }
        await group.shutDown()
        #expect(try await failure(of: waiting) == .closed)
        #expect(try await failure(of: messages) == nil)
        let later = Task { try await client.send(RedisCommand("PING")) }
        #expect(try await failure(of: later) == .closed)
        try await within(.seconds(10), "close returns") { await client.close() }
        // A client that is made too late is closed from the start.
        let late = RedisClient(RedisConfiguration(), on: group.next())
        #expect(try await failure(of: Task { try await late.send(RedisCommand("PING")) }) == .closed)
        let ended = Task {
            for try await _ in late.subscribe(to: "channel") {}
        }
        #expect(try await failure(of: ended) == nil)
    }
}

private final class Weak<Object: AnyObject> {
    var strong: Object?
    weak var weak: Object?
    init(_ object: Object) { (strong, weak) = (object, object) }
}
