import RESP
import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("Rooms in Redis: away, restarted, full, read-only")
    struct RedisOutageTests {
        @Test("a restart that kept everything: seq counts on under a new epoch that names the one before")
        func restartKeepingAll() async throws {
            let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
            let fixture = try await StoreFixture.redis(redis.url)
            try await fixture.open()
            try await fixture.join("ada")
            for _ in 1...3 { try await fixture.say() }
            let before = try await fixture.say(id: "x")
            try await redis.kill()
            try await fixture.feed.wait("it is told") { $0.contains(.disconnected) }
            try await redis.start()
            let reading = try await fixture.read()
            #expect(reading.epoch != before.epoch && reading.previousEpoch == before.epoch && reading.base == 4)
            #expect(reading.seq == 4 && reading.messages.count == 4 && reading.roster.count == 1)
            #expect(try await fixture.say(id: "x") == before, "a repeat across the restart")
            let after = try await fixture.say()
            #expect(after == Receipt(epoch: reading.epoch, seq: 5))
            try await fixture.feed.wait("the channel is back") { [room = fixture.room] events in
                events.count { $0 == .confirmed(room) } >= 2
            }
            try await redis.kill()
            try await redis.start()
            let again = try await fixture.say()
            #expect(again.seq == 6 && again.epoch != after.epoch, "a writer that comes first does the same")
            let twice = try await fixture.read()
            #expect(twice.previousEpoch == after.epoch && twice.base == 5)
            #expect(twice.older == [EpochEnd(epoch: before.epoch, last: 4)], "who was there goes on as well")
            for _ in 1...10 {
                try await redis.kill()
                try await redis.start()
                try await fixture.say()
            }
            let often = try await fixture.read()
            #expect(often.older.count == RoomScripts.olderEpochs, "so many are remembered")
            #expect(often.older.map(\.last) == often.older.map(\.last).sorted(by: >))
            await fixture.stop()
        }

        @Test("the first send, join and reading over links that were dropped without a word go through, once each")
        func forgottenLinks() async throws {
            let redis = try await RedisServer()
            let proxy = try await FaultProxy(to: redis.port)
            let fixture = try await StoreFixture.redis(proxy.url)
            try await fixture.join("ada")
            for round in 1...3 {
                #expect(try await fixture.say().seq == round * 2 - 1)
                await proxy.forget()
                #expect(try await fixture.say().seq == round * 2)
                await proxy.forget()
                try await fixture.join("bob", attempt: "\(round)")
                await proxy.forget()
                #expect(try await fixture.read().messages.count == round * 2)
            }
            #expect(try await fixture.read().roster.count == 2)
            await fixture.stop()
        }

        @Test("an empty restart: another epoch that names none before it")
        func emptyRestart() async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            let before = try await fixture.say(id: "x")
            try await redis.kill()
            try await redis.start()
            let reading = try await fixture.read()
            #expect(reading.epoch != before.epoch && reading.previousEpoch == nil && reading.seq == 0)
            #expect(try await fixture.say(id: "x") == Receipt(epoch: reading.epoch, seq: 1))
            await fixture.stop()
        }

        @Test("calls wait while Redis is away, and are done when it is back")
        func held() async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            try await fixture.say()
            try await redis.kill()
            try await fixture.feed.wait("it is told") { $0.contains(.disconnected) }
            #expect(!fixture.store.isAvailable)
            async let receipt = fixture.say(id: "x")
            async let attachment = fixture.join("ada")
            async let reading = fixture.read()
            try await redis.start()
            #expect(try await receipt.seq == 1)
            #expect(try await attachment.rev == 1)
            #expect(try await reading.epoch == receipt.epoch)
            #expect(try await fixture.say(id: "x") == receipt, "it was done once")
            try await eventually("the store is available") { fixture.store.isAvailable }
            await fixture.stop()
        }

        @Test("and are unavailable when it isn't back in time, frozen or gone", arguments: [true, false])
        func unavailable(isFrozen: Bool) async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url, patience: .seconds(1))
            try await fixture.say()
            if isFrozen { try redis.freeze() } else { try await redis.kill() }
            let start = ContinuousClock.now
            await expectUnavailable { try await fixture.say() }
            #expect(.now - start < .seconds(4))
            await expectUnavailable { try await fixture.join("ada") }
            await expectUnavailable { try await fixture.leave("ada") }
            await expectUnavailable { try await fixture.read() }
            await expectUnavailable { try await fixture.page(before: nil, limit: 1) }
            if isFrozen { try redis.thaw() } else { try await redis.start() }
            try await eventually("it works again") { (try? await fixture.say()) != nil }
            await fixture.stop()
        }

        @Test(
            "a full Redis is away, and so is one that only reads",
            arguments: [
                (["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
                (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
            ])
        func fullOrReadOnly(bad: [String], good: [String]) async throws {
            let redis = try await RedisServer()
            let fixture = try await StoreFixture.redis(redis.url)
            let impatient = try await StoreFixture.redis(redis.url, patience: .milliseconds(500), room: fixture.room)
            try await fixture.say()
            try await impatient.say()
            try await cli(redis, bad)
            await expectUnavailable { try await impatient.say() }
            async let held = fixture.say()
            try await cli(redis, good)
            #expect(try await held.seq == 3, "nothing was done halfway")
            #expect(try await fixture.read().messages.map(\.seq) == [1, 2, 3])
            await fixture.stop()
            await impatient.stop()
        }

        @Test("a Redis that loads its data is away until it has them")
        func loading() async throws {
            let redis = try await RedisServer([
                "--enable-debug-command", "yes", "--key-load-delay", "500", "--loading-process-events-interval-bytes",
                "1024",
            ])
            let fixture = try await StoreFixture.redis(redis.url)
            let impatient = try await StoreFixture.redis(redis.url, patience: .milliseconds(300))
            let first = try await fixture.say()
            try await cli(redis, ["DEBUG", "POPULATE", "2000"])
            try await cli(redis, ["SAVE"])
            try await redis.kill()
            try await redis.start(waitingUntilReady: false)
            await expectUnavailable { try await impatient.say() }
            let second = try await fixture.say()
            #expect(second.seq == 2 && second.epoch != first.epoch)
            #expect(try await fixture.read().previousEpoch == first.epoch)
            await fixture.stop()
            await impatient.stop()
        }

        @Test("a call after the end is refused at once")
        func stopped() async throws {
            let fixture = try await StoreFixture.make(.redis)
            await fixture.stop()
            let start = ContinuousClock.now
            await expectUnavailable { try await fixture.say() }
            #expect(.now - start < .seconds(2))
        }

        private func cli(_ redis: RedisServer, _ words: [String]) async throws {
            let probe = try RedisProbe(redis.url)
            let reply = try await probe.command(words)
            #expect(reply.string == "OK")
            await probe.close()
        }

        private func expectUnavailable<Value>(_ body: () async throws -> Value) async {
            do {
                _ = try await body()
                Issue.record("it was done")
            } catch StoreError.unavailable {
            } catch {
                Issue.record("not unavailable: \(error)")
            }
        }
    }
}
