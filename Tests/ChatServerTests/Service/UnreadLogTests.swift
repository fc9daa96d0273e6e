import Foundation
import TestSupport
import Testing
import Transport
import WebSocket

@testable import Verify

extension LiveTests {
    /// The real server, whose standard error is a pipe that is full and that nobody reads.
    @Suite("A log that nobody reads")
    struct UnreadLogTests {
        private final class Pipe: Sendable {
            let path = FileManager.default.temporaryDirectory.appending(path: uniqueName("log")).path

            deinit { try? FileManager.default.removeItem(atPath: path) }

            /// Fills the pipe to the last byte, and becomes the server.
            func serve(_ arguments: String...) async throws -> (ChildProcess, port: UInt16) {
                let script = """
                    mkfifo "$1"; exec 9<>"$1"; shift; head -c 65536 /dev/zero >&9; exec "$@" 2>&9
                    """
                let child = try await ChildProcess.start(
                    "/bin/sh", ["-c", script, "sh", path, Executable.path, "--port", "0"] + arguments,
                    environment: Executable.environment)
                return (child, try await Executable.port(of: child))
            }
        }

        private func isAlive(_ port: UInt16) async throws {
            let peer = try await RawPeer.connect(to: .loopback(port: port))
            await peer.send("GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let head = try await within(.seconds(20), "/live answers") { try await peer.receiveHead() }
            #expect(head.hasPrefix("HTTP/1.1 200 "))
        }

        @Test(
            "joins that fail by the hundred don't stop the server; it ends when told to; what was lost is told once it can be"
        )
        func failedJoins() async throws {
            let (pipe, redis) = (Pipe(), try FreePort.reserve())
            let (child, port) = try await pipe.serve("--redis", "127.0.0.1:\(redis)", "--drain", "1")
            // A room each: no two lines are equal.
            let peers = try await withThrowingTaskGroup(of: RawPeer.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        try await RawPeer.upgraded(
                            to: .loopback(port: port), target: "/ws?room=room\(number)", on: TestLoops.next())
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await isAlive(port)
            for peer in peers { _ = try await peer.receiveToEnd(within: .seconds(60)) }
            for _ in 0..<5 { try await isAlive(port) }
            if let bytes = System.residentBytes(of: child.pid) { #expect(bytes < 400 << 20) }
            child.signal(SIGTERM)
            #expect(try await child.exit(within: .seconds(20)) == 0)
        }

        @Test("as soon as somebody reads, the log is there, in its order, and sums up what came too often")
        func readLater() async throws {
            let (pipe, redis) = (Pipe(), try FreePort.reserve())
            let (child, port) = try await pipe.serve("--redis", "127.0.0.1:\(redis)", "--drain", "1")
            let peers = try await withThrowingTaskGroup(of: RawPeer.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await RawPeer.upgraded(
                            to: .loopback(port: port), target: "/ws?room=tea", on: TestLoops.next())
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for peer in peers { _ = try await peer.receiveToEnd(within: .seconds(60)) }
            let reader = try await ChildProcess.start("cat", [pipe.path])
            try await reader.line(containing: "rooms are shared with every server")
            try await reader.line(containing: "a join to tea failed")
            child.signal(SIGTERM)
            try await reader.line(containing: "a second signal ends at once")
            try await reader.line(containing: "more like this in 10 s: a join to tea failed")
            #expect(try await child.exit(within: .seconds(20)) == 0)
            try await reader.end()
            let lines = reader.lines.filter { $0.contains("a join to tea failed") }
            #expect(lines.count < 20)
            let counted = lines.filter { $0.contains(": … ") }.compactMap { line in
                line.split(separator: ": … ").last.flatMap { Int($0.prefix { $0.isNumber }) }
            }
            #expect(lines.count - counted.count + counted.reduce(0, +) == 60)
        }
    }
}
