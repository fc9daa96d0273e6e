import Foundation
import TestSupport
import Testing

@Suite("verify: whole runs")
struct VerifyRunTests {
    /// The product stands beside the tests' own executable.
    private static var executable: String {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return folder.appending(path: "ChatServer").path
    }

    private func verify(_ arguments: String...) async throws -> (status: Int32, lines: [String]) {
        let process = try await ChildProcess.start(Self.executable, ["verify"] + arguments)
        let status = try await process.exit(within: .seconds(120))
        return (status, process.lines)
    }

    @Test("where nothing goes wrong every promise is kept, and nothing is left behind")
    func calm() async throws {
        let (status, lines) = try await verify("--faults", "0", "--clients", "8", "--servers", "2", "--rooms", "2")
        #expect(status == 0, "\(lines.suffix(40))")
        #expect(lines.contains("every promise was kept"))
        let folder = try #require(lines.first { $0.contains("Redis' data: ") }?.components(separatedBy: "data: ").last)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("cut PUB/SUB links are healed in place")
    func cutLinks() async throws {
        let (status, lines) = try await verify(
            "--faults", "6", "--pace", "0.7", "--only", "pubsub", "--clients", "9", "--servers", "2", "--rate", "3")
        #expect(status == 0, "\(lines.suffix(40))")
    }

    @Test("servers are started from two builds in turn, and change builds when they are started again")
    func twoBuilds() async throws {
        let (status, lines) = try await verify(
            "--faults", "4", "--pace", "1", "--only", "server-kill", "--clients", "6", "--servers", "2",
            "--other-binary",
            Self.executable, "--other-flags", "--log-level debug")
        #expect(status == 0, "\(lines.suffix(40))")
        #expect(lines.contains { $0.hasSuffix("the other build: \(Self.executable) --log-level debug") })
        let starts = lines.filter { $0.hasPrefix("server ") && $0.contains(" MB at most, started ") }
        #expect(starts.count == 2)
        #expect(starts.contains { $0.contains(" times from this build") && $0.contains(" times from the other build") })
    }

    @Test("without healing, verify says that messages are lost")
    func canFail() async throws {
        let (status, lines) = try await verify(
            "--faults", "12", "--pace", "0.5", "--only", "pubsub", "--clients", "9", "--servers", "2", "--rate", "8",
            "--settle", "6", "--unsafe-no-healing")
        #expect(status == 1, "\(lines.suffix(40))")
        #expect(lines.contains { $0.contains("was never shown") })
    }
}
