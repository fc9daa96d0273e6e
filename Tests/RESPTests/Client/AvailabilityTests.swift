import TestSupport
import Testing
import Transport

@testable import RESP

/// What is found where Redis should be.
struct AvailabilityTests {
    private func find(_ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in }) async throws
        -> RedisAvailability
    {
        var configuration = try RedisConfiguration(url: url)
        adjust(&configuration)
        let final = configuration
        return try await within(.seconds(20), "it is found out") {
            await RedisAvailability.find(final, on: TestLoops.next())
        }
    }

    @Test("a Redis, nobody, one that wants a password or another one, one that lets nobody in")
    func real() async throws {
        #expect(try await find(try await RedisServer.shared.url) == .ready)
        guard case .absent(let words) = try await find("127.0.0.1:\(try FreePort.reserve())") else {
            Issue.record("nobody listens")
            return
        }
        #expect(words.contains("refused"))
        let locked = try await RedisServer(["--requirepass", "pw"])
        for (url, code) in [
            (locked.url, "NOAUTH"), ("redis://:wrong@127.0.0.1:\(locked.port)", "WRONGPASS"),
        ] {
            guard case .refusing(let words) = try await find(url) else {
                Issue.record("\(code)")
                continue
            }
            #expect(words.hasPrefix(code))
        }
        #expect(try await find("redis://:pw@127.0.0.1:\(locked.port)") == .ready)
    }

    @Test("one that loads or is busy, one that refuses, what is no Redis, what is silent, what ends at once")
    func invented() async throws {
        let answers: [(String, RedisAvailability)] = [
            ("-LOADING Redis is loading\r\n", .busy("LOADING Redis is loading")),
            ("-BUSY Redis is busy\r\n", .busy("BUSY Redis is busy")),
            ("-DENIED protected mode\r\n", .refusing("DENIED protected mode")),
            ("-MISCONF no snapshots\r\n", .refusing("MISCONF no snapshots")),
            ("-ERR max number of clients reached\r\n", .refusing("ERR max number of clients reached")),
        ]
        for (answer, expected) in answers {
            let server = try await FakeRedis { _, connection, loop in
                connection.send(SharedBytes(answer.utf8), on: loop)
            }
            #expect(try await find(server.url) == expected)
        }
        for words in ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n"] {
            let server = try await FakeRedis(greeting: words)
            guard case .foreign = try await find(server.url) else {
                Issue.record("\(words)")
                continue
            }
        }
        let silent = try await FakeRedis()
        #expect(try await find(silent.url) { $0.connectTimeout = .milliseconds(100) } == .silent)
        let rude = try await FakeRedis(greeting: nil)
        guard case .foreign = try await find(rude.url) else {
            Issue.record("it ends at once")
            return
        }
    }

    // MARK: Several addresses

    /// A name whose addresses are those of 127.0.0.1 at these ports, in this order.
    private func client(_ ports: [UInt16]) -> RedisClient {
        var configuration = RedisConfiguration(host: "redis.invalid")
        configuration.resolve = { _, _ in ports.map { .loopback(port: $0) } }
        return RedisClient(configuration, on: TestLoops.next())
    }

    @Test("of a name's addresses the one that works is found: past a dead one, one that refuses, and a replica")
    func others() async throws {
        let primary = try await RedisServer()
        let replica = try await RedisServer(["--replicaof", "127.0.0.1 \(primary.port)"])
        let locked = try await RedisServer(["--requirepass", "pw"])
        let client = client([replica.port, try FreePort.reserve(), locked.port, primary.port])
        try await eventually("the primary takes it") {
            (try? await client.set("key", to: "value")) != nil
        }
        let first = try await client.connection(within: .seconds(10))
        // And that one is kept to.
        for _ in 0..<20 { try await client.set("key", to: "value") }
        #expect(try await client.connection(within: .seconds(10)).number == first.number)
        await client.close()
    }

    @Test("a script that a replica refuses moves on to the primary as well")
    func scripts() async throws {
        let primary = try await RedisServer()
        let replica = try await RedisServer(["--replicaof", "127.0.0.1 \(primary.port)"])
        let client = client([replica.port, primary.port])
        let script = RedisScript("return redis.call('SET', KEYS[1], 'x')")
        try await eventually("the primary takes it") {
            (try? await client.evaluate(script, keys: ["key"])) != nil
        }
        await client.close()
    }
}
