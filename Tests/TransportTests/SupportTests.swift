import Foundation
import TestSupport
import Testing

/// The helpers that all other tests lean on.
struct SupportTests {
    @Test("a private redis-server starts, is killed and comes back on its port, and leaves nothing behind")
    func redisServer() async throws {
        let server = try await RedisServer()
        #expect(try await server.command("PING") == ["PONG"])
        try await server.kill()
        #expect(try await server.command("PING").joined().contains("refused"))
        try await server.start()
        #expect(try await server.command("PING") == ["PONG"])
        try await server.stop()
    }

    @Test("a child process ends when its lifeline closes, even when it is frozen")
    func lifeline() async throws {
        let child = try await ChildProcess.start("sleep", ["1000"])
        child.signal(SIGSTOP)
        #expect(kill(child.pid, 0) == 0)
        try await child.end()
        #expect(kill(child.pid, 0) == -1)
    }

    @Test("a child's exit status and its last lines are known when it has ended")
    func childOutput() async throws {
        let child = try await ChildProcess.start("sh", ["-c", "echo one; echo two >&2; printf three; exit 7"])
        #expect(try await child.exit() == 7)
        #expect(child.lines == ["one", "two", "three"])
        await #expect(throws: TestFailure.self) { try await child.line(containing: "four") }
    }

    @Test("a program that isn't installed is a clear failure")
    func missingProgram() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            _ = try await ChildProcess.start("no-such-program")
        }
        #expect(failure?.description.contains("no-such-program is not installed") == true)
    }

    @Test("a wait that is over fails in words, even when what it waits for never ends")
    func boundedWaits() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await within(.milliseconds(20), "the impossible") {
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            }
        }
        #expect(failure?.description.contains("the impossible") == true)
    }
}
