import TestSupport
import Testing
import Transport

@testable import RESP

/// Scripts on a live link whose Redis forgets them.
extension PipelineTests {
    private static let push = RedisScript("return redis.call('RPUSH', KEYS[1], ARGV[1])")

    @Test("scripts survive SCRIPT FLUSH, and what was sent in a row stays in its order")
    func scriptFlush() async throws {
        // Its own: other tests' scripts would go as well.
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.scripts = [Self.push]
        } _: { client async throws in
            for round in 0..<5 {
                _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            _ = try await client.evaluate(
                                Self.push, keys: ["list"], arguments: [round * 20 + number])
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let all = try await client.send(RedisCommand("LRANGE", "list", 0, -1)).asArrayOfBytes()
            let numbers = all.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            #expect(numbers.sorted() == Array(0..<100))
        }
    }

    @Test("a script that met NOSCRIPT is not passed by one sent later", arguments: [1, 7, 50])
    func scriptOrder(perTick: Int) async throws {
        let server = try await RedisServer()
        var configuration = try RedisConfiguration(url: server.url)
        configuration.scripts = [Self.push]
        let session = LoopBound(CommandSession(configuration: configuration), loop: TestLoops.next())
        let results = Results()
        await session.loop.run { loop in session.open(on: loop).start(on: loop) }
        await submit([RedisCommand("SCRIPT", "FLUSH")], to: session, results: results)
        for tick in 0..<20 {
            let commands = (0..<perTick).map {
                RedisCommand(Self.push, keys: ["list"], arguments: [tick * perTick + $0])
            }
            await submit(commands, to: session, results: results)
        }
        try await results.wait("all answers") { $0.count == 20 * perTick + 1 }
        // Each answer is the list's length: in order only if the pushes were.
        #expect(results.events.dropFirst().compactMap { try? $0.get().int64 } == Array(1...Int64(20 * perTick)))
        await submit([RedisCommand("LRANGE", "list", 0, -1)], to: session, results: results)
        let last = try await results.wait("the list") { $0.count == 20 * perTick + 2 }.last
        #expect(try last?.get().elements?.compactMap(\.int64) == Array(0..<Int64(20 * perTick)))
        await session.loop.run { loop in session.open(on: loop).close(on: loop) }
    }

    @Test("a script works in a transaction, even one that Redis doesn't know")
    func scriptInTransaction() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.scripts = [Self.push]
        } _: { client async throws in
            _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
            let replies = try await client.transaction([RedisCommand(Self.push, keys: ["list"], arguments: ["x"])])
            #expect(replies.map(\.int64) == [1])
        }
    }

    @Test("scripts in a pipeline work, even one that Redis has just been made to forget")
    func scriptsInPipeline() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) {
            $0.scripts = [Self.push]
        } _: { client async throws in
            let push = (0..<3).map { RedisCommand(Self.push, keys: ["list"], arguments: [$0]) }
            let flush = RedisCommand("SCRIPT", "FLUSH")
            #expect(try await client.pipeline([flush] + push).dropFirst().map(\.int64) == [1, 2, 3])
            let mixed = [push[0], flush, push[1], RedisCommand("MULTI"), push[2], flush, push[0], RedisCommand("EXEC")]
            let replies = try await client.pipeline(mixed)
            #expect(replies.map(\.int64) == [4, nil, 5, nil, nil, nil, nil, nil])
            #expect(replies.last?.elements?.map(\.int64) == [6, nil, 7])
            #expect(try await client.transaction([flush, push[0], flush, push[1]]).map(\.int64) == [nil, 8, nil, 9])
        }
    }

    @Test(
        "one who may load scripts and run them by their digest, but not EVAL, goes on after a flush; nothing runs twice"
    )
    func flushWithoutEval() async throws {
        let server = try await RedisServer()
        try await withClient(server.url) { admin async throws in
            _ = try await admin.send(
                RedisCommand(
                    "ACL",
                    arguments: [
                        "SETUSER", "narrow", "on", ">pw", "~*", "-@all", "+ping", "+script|load", "+evalsha",
                        "+multi", "+exec", "+rpush",
                    ]))
            try await withClient("redis://narrow:pw@127.0.0.1:\(server.port)") {
                $0.scripts = [Self.push]
            } _: { client async throws in
                for round in 0..<20 {
                    async let flushed = admin.send(RedisCommand("SCRIPT", "FLUSH"))
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<50 {
                            group.addTask {
                                let command = RedisCommand(
                                    Self.push, keys: ["list"], arguments: [round * 50 + number])
                                switch number % 3 {
                                case 0: _ = try await client.transaction([command])
                                case 1: _ = try #require(try await client.pipeline([command])[0].int64)
                                default: _ = try await client.send(command)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    _ = try await flushed
                }
                // One that no connection has loaded yet.
                let fresh = RedisScript("return ARGV[1]")
                #expect(try await client.evaluate(fresh, arguments: ["a"]).string == "a")
                let broken = await #expect(throws: RedisError.self) {
                    _ = try await client.evaluate(RedisScript("return ("))
                }
                #expect(broken?.description.contains("Error compiling script") == true)
            }
            let all = try await admin.send(RedisCommand("LRANGE", "list", 0, -1)).asArrayOfBytes()
            #expect(all.compactMap { Int(String(decoding: $0, as: UTF8.self)) }.sorted() == Array(0..<1_000))
            #expect(try await admin.send(RedisCommand("ACL", "LOG")).elements?.isEmpty == true)
        }
    }
}
