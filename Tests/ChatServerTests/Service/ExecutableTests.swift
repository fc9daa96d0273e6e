import Foundation
import TestSupport
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("The executable")
    struct ExecutableTests {
        @Test("--help tells all and ends with 0; a flag it doesn't know ends with 2 and is named")
        func helpAndErrors() async throws {
            let help = try await Executable.start("--help")
            #expect(try await help.exit() == 0)
            #expect(help.lines.contains { $0.contains("--redis URL") })
            for arguments in [["--nothing"], ["--port", "x"], ["--redis", "rediss://h"]] {
                let child = try await ChildProcess.start(
                    Executable.path, arguments, environment: Executable.environment)
                #expect(try await child.exit() == 2)
                #expect(child.lines.count == 1 && child.lines[0].hasPrefix("ChatServer: "))
            }
            let child = try await ChildProcess.start(
                Executable.path, [], environment: Executable.environment.merging(["PORT": "many"]) { $1 })
            #expect(try await child.exit() == 2)
            #expect(child.lines.first?.contains("PORT can't be 'many'") == true)
        }

        @Test("the first line of the log says which store there is and what that means, even where Redis is not there")
        func firstLine() async throws {
            let embedded = try await Executable.start("--embedded", "--port", "0")
            _ = try await Executable.port(of: embedded)
            #expect(embedded.lines.first?.contains("embedded store: rooms live in this process alone") == true)
            try await embedded.end()
            let lost = try await Executable.start("--redis", "127.0.0.1:1", "--port", "0")
            _ = try await Executable.port(of: lost)
            #expect(lost.lines.first?.contains("Redis at 127.0.0.1:1: rooms are shared") == true)
            try await lost.end()
        }

        @Test("a port in use is said in words, with status 1")
        func portInUse() async throws {
            let first = try await Executable.start("--embedded", "--port", "0")
            let port = try await Executable.port(of: first)
            let second = try await Executable.start("--embedded", "--port", "\(port)")
            #expect(try await second.exit() == 1)
            #expect(second.lines.last?.contains("can't listen on 127.0.0.1, port \(port)") == true)
            try await first.end()
        }

        @Test("a folder without a page is said in words")
        func webRoot() async throws {
            let child = try await Executable.start("--embedded", "--port", "0", "--web-root", "/nonexistent")
            #expect(try await child.exit() == 1)
            #expect(child.lines.last?.contains("no page in the folder /nonexistent") == true)
        }

        @Test("after SIGTERM its clients are told, it ends with 0, and its members leave when its lease lapses")
        func terminate() async throws {
            let url = try await RedisServer.shared.url
            let room = StoreFixture.uniqueRoom()
            let child = try await Executable.start("--redis", url, "--port", "0")
            let port = try await Executable.port(of: child)
            var clients: [WebSocketClient] = []
            for _ in 0..<10 {
                let client = try await WebSocketClient.connect(
                    to: "ws://127.0.0.1:\(port)/ws?room=\(room)", on: TestLoops.next())
                while case .text(let text) = try await client.receive(), !text.contains("\"member_add\"") {}
                clients.append(client)
            }
            let store = try await StoreFixture.redis(url, room: room)
            #expect(try await store.read().roster.count == 10)
            child.signal(SIGTERM)
            for client in clients {
                await #expect(throws: WebSocketClientError.closed(.serviceRestart, reason: "this server is going away"))
                {
                    while true { _ = try await client.receive() }
                }
            }
            #expect(try await child.exit() == 0)
            #expect(try await store.read().roster.count == 10)
            let other = try await TestServer.start(redis: url)
            let watcher = try await ChatClient.join(other, room)
            try await eventually("they have left") {
                try await store.read().roster.map(\.member.socket) == [watcher.id]
            }
            await other.stop()
            await store.stop()
        }

        @Test("SIGHUP, SIGUSR1 and SIGUSR2 don't end it, before SIGTERM nor after")
        func otherSignals() async throws {
            let child = try await Executable.start("--embedded", "--port", "0", "--drain", "3")
            let port = try await Executable.port(of: child)
            for (signal, name) in [(SIGHUP, "SIGHUP"), (SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2")] {
                child.signal(signal)
                try await child.line(containing: "\(name): there is nothing to read again")
            }
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/ws", on: TestLoops.next())
            _ = try await client.receive()
            child.signal(SIGTERM)
            try await child.line(containing: "a second signal ends at once")
            child.signal(SIGHUP)
            #expect(try await child.exit() == 0)
        }

        @Test(
            "a log that may grow no more doesn't end it",
            // The sanitizer's own files may not grow either.
            .enabled(if: ProcessInfo.processInfo.environment["SANITIZER"] == nil))
        func fullLog() async throws {
            let log = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: log) }
            let script = "ulimit -f 0; log=$1; shift; exec \"$@\" 2>\"$log\""
            let child = try await ChildProcess.start(
                "/bin/sh", ["-c", script, "sh", log, Executable.path, "--embedded", "--port", "0"],
                environment: Executable.environment)
            let port = try await Executable.port(of: child)
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/ws", on: TestLoops.next())
            guard case .text = try await client.receive() else { throw TestFailure("nothing is said") }
            try await child.end()
        }

        @Test("SIGTERM ends it even while Redis doesn't answer, and a second one ends it at once")
        func terminateWithoutRedis() async throws {
            let redis = try await RedisServer()
            let child = try await Executable.start("--redis", redis.url, "--port", "0", "--drain", "1")
            let port = try await Executable.port(of: child)
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/ws", on: TestLoops.next())
            _ = try await client.receive()
            try redis.freeze()
            child.signal(SIGTERM)
            #expect(try await child.exit(within: .seconds(10)) == 0)
            try redis.thaw()

            let stubborn = try await Executable.start("--redis", redis.url, "--port", "0", "--drain", "600")
            let other = try await Executable.port(of: stubborn)
            let second = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(other)/ws", on: TestLoops.next())
            _ = try await second.receive()
            try redis.freeze()
            stubborn.signal(SIGTERM)
            try await stubborn.line(containing: "a second signal ends at once")
            stubborn.signal(SIGTERM)
            #expect(try await stubborn.exit(within: .seconds(10)) == 1)
        }
    }
}
