import TestSupport
import Testing
import Transport

@testable import RESP

struct PipelineTests {
    typealias Results = Recorder<Result<RESPValue, RedisError>>

    /// Submits all in one tick.
    func submit(
        _ commands: [RedisCommand], to session: LoopBound<CommandSession>, results: Results
    ) async {
        await session.loop.run { loop in
            for command in commands {
                session.open(on: loop).submit(.single(command), timeout: nil, connection: nil, on: loop) { result in
                    results.record(result)
                }
            }
        }
    }

    private func withSession(_ url: String, _ body: (LoopBound<CommandSession>) async throws -> Void) async throws {
        let configuration = try RedisConfiguration(url: url)
        let session = LoopBound(CommandSession(configuration: configuration), loop: TestLoops.next())
        let connected = Recorder<Bool>()
        await session.loop.run { loop in
            session.open(on: loop).start(on: loop)
            session.open(on: loop).connection(within: .seconds(10), on: loop) { result in
                connected.record((try? result.get()) != nil)
            }
        }
        try await connected.wait("connected") { $0 == [true] }
        try await body(session)
        await session.loop.run { loop in session.open(on: loop).close(on: loop) }
    }

    @Test("ten thousand commands in one tick are answered in their order")
    func order() async throws {
        let (key, results) = (uniqueName("count"), Results())
        try await withSession(try await RedisServer.shared.url) { session in
            let command = RedisCommand("INCR", key)
            await submit(Array(repeating: command, count: 10_000), to: session, results: results)
            try await results.wait("all answers") { $0.count == 10_000 }
            #expect(results.events.compactMap { try? $0.get().int64 } == Array(1...10_000))
            await submit([RedisCommand("DEL", key)], to: session, results: results)
        }
    }

    @Test("more than the link takes at once goes out bit by bit, in order")
    func backpressure() async throws {
        let (key, results) = (uniqueName("list"), Results())
        try await withSession(try await RedisServer.shared.url) { session in
            let payload = String(repeating: "x", count: 50_000)
            let commands = (0..<200).map { _ in RedisCommand("RPUSH", key, payload) }
            await submit(commands, to: session, results: results)
            try await results.wait("all answers") { $0.count == 200 }
            #expect(results.events.compactMap { try? $0.get().int64 } == Array(1...200))
            await submit([RedisCommand("DEL", key)], to: session, results: results)
        }
    }

    @Test("the commands of one tick leave in one write")
    func oneWrite() async throws {
        let (key, results) = (uniqueName("count"), Results())
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withSession(proxy.url) { session in
            let before = await proxy.received.count
            await submit((0..<100).map { _ in RedisCommand("INCR", key) }, to: session, results: results)
            try await results.wait("all answers") { $0.count == 100 }
            #expect(await proxy.received.count == before + 1)
            await submit([RedisCommand("DEL", key)], to: session, results: results)
            try await results.wait("the last") { $0.count == 101 }
        }
    }

    // MARK: Many commands at once

    @Test("a pipeline gives every reply in order, errors among them", arguments: [1, 2, 64, 5000])
    func pipeline(count: Int) async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let (key, text) = (uniqueName("count"), uniqueName("text"))
            let increments = (0..<count).map { _ in RedisCommand("INCR", key) }
            let replies = try await client.pipeline(
                [RedisCommand("SET", text, "x")] + increments + [RedisCommand("INCR", text), RedisCommand("GET", text)])
            #expect(replies.count == count + 3 && replies.first?.string == "OK")
            #expect(replies.dropFirst().prefix(count).map(\.int64) == Array(1...Int64(count)))
            #expect(replies[count + 1].errorMessage?.hasPrefix("ERR value is not an integer") == true)
            #expect(replies.last?.string == "x")
            #expect(try await client.pipeline([RedisCommand("DEL", key, text)]).map(\.int64) == [2])
            #expect(try await client.pipeline([]).isEmpty)
        }
    }

    @Test("a batch holds any command with any arguments, and ready ones")
    func batch() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName("batch")
            var batch = RedisBatch()
            batch.append("PING")
            batch.append("ZADD", key, 1.5, "a", -2, [UInt8]("b".utf8))
            batch.append(RedisCommand("ZRANGE", key, 0, -1, "WITHSCORES"))
            batch.append("DEL", key)
            #expect(batch.count == 4)
            let replies = try await client.pipeline(batch)
            #expect(replies.count == 4 && replies[0].string == "PONG" && replies[1].int64 == 2)
            #expect(replies[2].elements?.map(\.string) == ["b", "-2", "a", "1.5"])
            #expect(replies[3].int64 == 1)
        }
    }

    @Test("a pipeline leaves in one write")
    func pipelineInOneWrite() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) { client async throws in
            try await client.ping()
            let before = await proxy.received.count
            let replies = try await client.pipeline(Array(repeating: RedisCommand("PING"), count: 1000))
            #expect(replies.count == 1000)
            #expect(await proxy.received.count == before + 1)
        }
    }

    @Test("a pipeline that there is no room for is refused as a whole")
    func pipelineTooLong() async throws {
        try await withClient(try await RedisServer.shared.url) {
            $0.maximumCommands = 10
        } _: { client async throws in
            let key = uniqueName()
            await #expect(throws: RedisError.queueFull(limit: 10)) {
                try await client.pipeline(Array(repeating: RedisCommand("INCR", key), count: 11))
            }
            #expect(try await client.get(key) == nil)
            #expect(try await client.pipeline(Array(repeating: RedisCommand("PING"), count: 10)).count == 10)
        }
    }

    @Test("a task that prefers the client's executor stays on the client's loop, and commands work there as anywhere")
    func onLoop() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName()
            let (numbers, wasOnLoop) = try await withTaskExecutorPreference(client.executor) {
                var numbers: [Int64?] = []
                var wasOnLoop = client.loop.isCurrent
                for _ in 0..<100 {
                    numbers.append(try await client.send(RedisCommand("INCR", key)).int64)
                    wasOnLoop = wasOnLoop && client.loop.isCurrent
                }
                return (numbers, wasOnLoop)
            }
            #expect(numbers == Array(1...100) && wasOnLoop)
            try await client.delete(key)
        }
    }

    // MARK: Transactions

    @Test("a transaction gives every reply; an error of one command is among them")
    func transaction() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName()
            let replies = try await client.transaction([
                RedisCommand("SET", key, "1"), RedisCommand("INCR", key), RedisCommand("LPOP", key),
                RedisCommand("DEL", key),
            ])
            #expect(replies.count == 4 && replies[1].int64 == 2)
            #expect(replies[2].errorMessage?.hasPrefix("WRONGTYPE") == true)
            #expect(replies[3].int64 == 1)
            #expect(try await client.transaction([]).isEmpty)
        }
    }

    @Test("a transaction with a command that Redis refuses is not carried out at all")
    func refusedTransaction() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName()
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction([RedisCommand("SET", key, "1"), RedisCommand("NOSUCH")])
            }
            #expect(error?.description.contains("unknown command") == true)
            #expect(try await client.get(key) == nil)
        }
    }

    @Test("a transaction whose watched key has changed is aborted")
    func watchedKey() async throws {
        let (url, key) = (try await RedisServer.shared.url, uniqueName())
        try await withClient(url) { client async throws in
            _ = try await client.send(RedisCommand("WATCH", key))
            try await withClient(url) { other in try await other.set(key, to: "changed", expiry: .seconds(60)) }
            await #expect(throws: RedisError.transactionAborted) {
                try await client.transaction([RedisCommand("SET", key, "mine")])
            }
            #expect(try await client.get(key) == Array("changed".utf8))
            try await client.delete(key)
        }
    }

    @Test("nobody's commands get between those of a transaction")
    func isolation() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let key = uniqueName()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let replies = try await client.transaction([
                            RedisCommand("INCR", key), RedisCommand("INCR", key),
                        ])
                        #expect((replies[1].int64 ?? 0) - (replies[0].int64 ?? 0) == 1)
                    }
                    group.addTask { _ = try await client.send(RedisCommand("INCR", key)) }
                }
                try await group.waitForAll()
            }
            #expect(try await client.get(key) == Array("150".utf8))
            try await client.delete(key)
        }
    }
}
