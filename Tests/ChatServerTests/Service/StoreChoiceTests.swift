import Foundation
import RESP
import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("The store of a server that was told nothing about it")
    struct StoreChoiceTests {
        private func look(_ port: UInt16) async throws -> StoreChoice {
            var usual = RedisConfiguration(port: port)
            usual.connectTimeout = .milliseconds(300)
            let final = usual
            return try await within(.seconds(20), "the choice") {
                await StoreChoice.look(for: final, pause: .milliseconds(10), on: TestLoops.next())
            }
        }

        private func failure(_ port: UInt16) async throws -> String {
            guard case .failure(let words) = try await look(port) else {
                throw TestFailure("it was no failure")
            }
            return words
        }

        @Test("nobody there: the embedded one; a Redis: that")
        func plain() async throws {
            #expect(try await look(try FreePort.reserve()) == .embedded)
            #expect(try await look(try await RedisServer.shared.port) == .redis)
        }

        @Test("a Redis that wants a password, or lets its guests do too little, ends the start with what to set")
        func refusing() async throws {
            let locked = try await RedisServer(["--requirepass", "pw"])
            let words = try await failure(locked.port)
            #expect(
                words.contains("NOAUTH") && words.contains("--redis redis://:password@127.0.0.1:\(locked.port)"))
            #expect(words.contains("password: ") && words.contains("--embedded"))
            let narrow = try await RedisServer()
            #expect(try await narrow.command("ACL", "SETUSER", "default", "-@all", "+ping") == ["OK"])
            #expect(try await failure(narrow.port).contains("NOPERM"))
        }

        @Test("a Redis that loads its data is waited for, and used")
        func loading() async throws {
            let redis = try await RedisServer([
                "--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024",
            ])
            for batch in 0..<5 {
                _ = try await redis.command(
                    "EVAL", "for i=1,200 do redis.call('SET', KEYS[1]..i, string.rep('x', 100)) end", "1", "k\(batch)")
            }
            _ = try await redis.command("SAVE")
            try await redis.kill()
            try await redis.start(waitingUntilReady: false)
            #expect(try await look(redis.port) == .redis)
            let store = try await StoreFixture.redis(redis.url, patience: .seconds(20))
            #expect(try await store.say().seq == 1)
            await store.stop()
        }

        @Test("what isn't Redis, or doesn't answer, is said to be there")
        func foreign() async throws {
            let proxy = try await FaultProxy(to: try FreePort.reserve())
            #expect(try await failure(proxy.port).contains("something listens at 127.0.0.1:\(proxy.port)"))
            await proxy.set(.swallow)
            #expect(try await failure(proxy.port).contains("doesn't answer"))
            let server = try await TestServer.start()
            #expect(try await failure(server.port).contains("is not Redis"))
            await server.stop()
        }
    }
}
