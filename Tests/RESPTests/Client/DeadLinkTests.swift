import TestSupport
import Testing
import Transport

@testable import RESP

/// Links that die, or seem to, without a word.
struct DeadLinkTests {
    private func withImpatientClient(
        _ url: String, adjust: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisClient) async throws -> Void
    ) async throws {
        try await withClient(url) {
            // Nothing that takes so long is what ends a link here.
            $0.commandTimeout = .seconds(60)
            $0.silenceTimeout = .milliseconds(200)
            adjust(&$0)
        } _: { client async throws in
            try await client.ping()
            try await body(client)
        }
    }

    @Test("what is written to a link that was forgotten on the way fails soon, and what comes next has a new one")
    func forgotten() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withImpatientClient(proxy.url) { client async throws in
            await proxy.forget()
            let lost = Task { try await client.send(RedisCommand("PING")) }
            let error = try await failure(of: lost)
            guard case .connectionLost(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("another link was answered"))
            try await client.ping()
            #expect(try await client.connection(within: .seconds(10)).number == 2)
        }
    }

    @Test("an idle link is pinged, and replaced when it is dead, before anybody needs it")
    func idle() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withImpatientClient(proxy.url) {
            $0.idlePingInterval = .milliseconds(100)
        } _: { client async throws in
            let before = await proxy.received.count
            try await eventually("it is pinged") { await proxy.received.count > before + 2 }
            #expect(try await client.connection(within: .seconds(10)).number == 1)
            await proxy.forget()
            try await eventually("it has a new link") {
                try await client.connection(within: .seconds(10)).number == 2
            }
            try await client.ping()
        }
    }

    @Test("a Redis that is busy with a script is not dead")
    func busy() async throws {
        let server = try await RedisServer()
        try await withImpatientClient(server.url) { client async throws in
            let script = RedisScript(
                """
                local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
                local start = now()
                while now() < start + 1500 do end
                return 'done'
                """)
            async let behind = client.send(RedisCommand("PING"))
            #expect(try await client.evaluate(script).string == "done")
            #expect(try await behind.string == "PONG")
            #expect(try await client.connection(within: .seconds(10)).number == 1)
        }
    }

    @Test("neither is one that stands still")
    func frozen() async throws {
        let server = try await RedisServer()
        try await withImpatientClient(server.url) { client async throws in
            try server.freeze()
            async let answer = client.send(RedisCommand("PING"))
            // Time has to pass here: several times the silence that is borne.
            try await Task.sleep(for: .seconds(1))
            try server.thaw()
            #expect(try await answer.string == "PONG")
            #expect(try await client.connection(within: .seconds(10)).number == 1)
        }
    }

    @Test("a command that waits for others may be silent for long, among others as well")
    func blocking() async throws {
        let url = try await RedisServer.shared.url
        try await withImpatientClient(url) { client async throws in
            let (list, other) = (uniqueName("list"), uniqueName("list"))
            #expect(try await client.send(RedisCommand("blpop", list, 1)).isNull)
            let replies = try await client.pipeline([RedisCommand("PING"), RedisCommand("BRPOP", other, 1)])
            #expect(replies.map(\.isNull) == [false, true])
            #expect(try await client.connection(within: .seconds(10)).number == 1)
        }
    }

    @Test("a link that is silent while no other can be made is kept until the command's time is over")
    func nobodyThere() async throws {
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withImpatientClient(proxy.url) { client async throws in
            await proxy.set(.swallow)
            let answer = Task { try await client.send(RedisCommand("PING"), timeout: .seconds(1)) }
            #expect(try await failure(of: answer) == .timedOut)
            #expect(try await client.connection(within: .seconds(10)).number == 1)
        }
    }

    /// Takes a connection's bytes bit by bit, as over a slow line.
    private final class Resume: TimerHandler {
        let connection: TCPConnection
        init(_ connection: TCPConnection) { self.connection = connection }
        func timerFired(on loop: isolated EventLoop) { connection.resumeInput(on: loop) }
    }

    @Test("a large command on a slow line may take its time: what arrives bit by bit isn't dead")
    func slowLine() async throws {
        let taken = Recorder<Int>()
        let size = 12 << 20
        let server = try await FakeRedis { bytes, connection, loop in
            if bytes.starts(with: Array("*1\r\n$4\r\nPING\r\n".utf8)) {
                _ = connection.send(SharedBytes("+PONG\r\n".utf8), on: loop)
                return
            }
            taken.record((taken.events.last ?? 0) + bytes.count)
            if taken.events.last ?? 0 > size { connection.send(SharedBytes("+OK\r\n".utf8), on: loop) }
            connection.pauseInput(on: loop)
            _ = loop.schedule(Resume(connection), after: .milliseconds(10))
        }
        try await withImpatientClient(server.url) {
            $0.maximumQueuedBytes = 64 << 20
        } _: { client async throws in
            let value = [UInt8](repeating: 65, count: size)
            #expect(try await client.send(RedisCommand("SET", "key", value)).string == "OK")
            #expect(try await client.connection(within: .seconds(10)).number == 1)
        }
    }
}
