import Foundation
import TestSupport
import Testing
import Transport
import WebSocket

extension LiveTests {
    @Suite("Attacks on the number of open files")
    struct DescriptorAttackTests {
        /// A server that may have so many files open.
        private func serve(files: Int, _ flags: String...) async throws -> ChildProcess {
            try await ChildProcess.start(
                "/bin/sh",
                ["-c", "ulimit -n \(files); exec \"$@\"", "sh", Executable.path, "--port", "0", "--threads", "2"]
                    + flags,
                environment: Executable.environment)
        }

        private func isAcknowledged(_ client: WebSocketClient, id: String) async throws {
            try await within(.seconds(30), "\(id) is acknowledged") {
                for attempt in 0... {
                    await client.send("{\"topic\":\"send\",\"data\":{\"message\":\"hi\",\"id\":\"\(id)\"}}")
                    while case .text(let text) = try await client.receive() {
                        if text.contains("\"ack\"") && text.contains("\"\(id)\"") { return }
                        if text.contains("\"error\"") { break }
                    }
                    try await Task.sleep(for: .milliseconds(200 * min(attempt + 1, 5)))
                }
            }
        }

        @Test(
            "full of connections, and of others that are refused and stay, it reaches Redis anew when its links are cut"
        )
        func reconnecting() async throws {
            let redis = try await RedisServer()
            let child = try await serve(
                files: 110, "--redis", redis.url, "--close-timeout", "120", "--handshake-timeout", "120")
            let port = try await Executable.port(of: child)
            let client = try await WebSocketClient.connect(to: "ws://127.0.0.1:\(port)/ws", on: TestLoops.next())
            try await isAcknowledged(client, id: "before")
            var peers: [RawPeer] = []
            for _ in 0..<150 {
                let peer = try await RawPeer.connect(to: .loopback(port: port))
                // It doesn't see that it is refused, and so doesn't end its side.
                await peer.pauseReading()
                peers.append(peer)
            }
            let probe = try RedisProbe(redis.url)
            for round in 0..<3 {
                for kind in ["normal", "pubsub"] {
                    try await probe.run("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
                }
                try await isAcknowledged(client, id: "after-\(round)")
            }
            let shortages = child.lines.filter { $0.contains("open files") || $0.contains("descriptors") }
            #expect(shortages.isEmpty, "\(shortages)")
            let hasExited = child.hasExited
            #expect(!hasExited)
            await probe.close()
            withExtendedLifetime(peers) {}
            try await child.end()
        }

        @Test(
            "with too few files to run on it says so and ends with 1; with fewer than it was told to serve it says how many"
        )
        func tooFew() async throws {
            let starved = try await serve(files: 30, "--embedded")
            #expect(try await starved.exit() == 1)
            #expect(starved.lines.last?.contains("the limit of open files is 30") == true, "\(starved.lines)")
            let modest = try await serve(files: 200, "--embedded", "--max-connections", "5000")
            _ = try await Executable.port(of: modest)
            #expect(modest.lines.contains { $0.contains("of 200 files that may be open") })
            try await modest.end()
        }
    }
}
