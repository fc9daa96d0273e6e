import RESP
import TestSupport
import Testing

@Suite("A link that was idle")
struct IdleLinkTests {
    @Test("a command written after a pause has its whole time: the pause before it doesn't count as silence")
    func pauseIsNoSilence() async throws {
        var configuration = try RedisConfiguration(url: await RedisServer.shared.url)
        configuration.commandTimeout = .seconds(1)
        let client = RedisClient(configuration, on: TestLoops.next())
        _ = try await client.send(RedisCommand("PING"))
        // The first command's deadline comes while the second one waits, half a second, for its answer.
        try await Task.sleep(for: .milliseconds(800))
        let reply = try await client.send(RedisCommand("BLPOP", uniqueName(), "0.5"), timeout: .seconds(5))
        #expect(reply.isNull)
        await client.close()
    }
}
