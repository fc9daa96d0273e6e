public import Foundation
import Transport

/// A real redis-server on a free port of 127.0.0.1. It ends with this process, however that ends.
///
/// It keeps its port (and its data directory) over `kill`, `stop` and `start`.
public final class RedisServer: Sendable {
    private static let sharedStart = Task { try await RedisServer() }

    /// One for the whole test process, for tests that use unique names. Never flush, stop or freeze it.
    public static var shared: RedisServer {
        get async throws { try await sharedStart.value }
    }

    public let port: UInt16
    /// Where it keeps its data file, if it is told to.
    public let directory: URL
    private let arguments: [String]
    private let process = Guarded<ChildProcess?>(nil)

    public var url: String { "redis://127.0.0.1:\(port)" }

    /// Starts one of one's own.
    /// - Parameters:
    ///   - arguments: options of redis-server, such as `["--requirepass", "secret"]`. Nothing is saved by default.
    ///   - isReady: wait until it accepts connections and has loaded its data.
    public init(_ arguments: [String] = [], waitingUntilReady isReady: Bool = true) async throws {
        port = try FreePort.reserve()
        directory = FileManager.default.temporaryDirectory.appending(path: uniqueName("redis"))
        self.arguments = arguments
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try await start(waitingUntilReady: isReady)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Starts it again, on the same port, after `kill` or `stop`.
    public func start(waitingUntilReady isReady: Bool = true) async throws {
        let options = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory.path,
        ]
        let started = try await ChildProcess.start("redis-server", options + arguments)
        process.withLock { $0 = started }
        try await started.line(containing: isReady ? "Ready to accept connections" : "Server initialized")
    }

    private var running: ChildProcess {
        get throws {
            guard let process = process.withLock({ $0 }) else { throw TestFailure("redis-server isn't running") }
            return process
        }
    }

    /// SIGKILL; returns when it is gone.
    public func kill() async throws {
        let running = try running
        process.withLock { $0 = nil }
        try await running.end()
    }

    /// SIGTERM: it ends in order (and closes its connections, as it does when killed).
    public func stop() async throws {
        let running = try running
        process.withLock { $0 = nil }
        running.signal(SIGTERM)
        try await running.exit()
    }

    /// It keeps its connections, even takes new ones and what is sent to it, and answers nothing.
    public func freeze() throws { try running.signal(SIGSTOP) }

    public func thaw() throws { try running.signal(SIGCONT) }

    /// Lets redis-cli carry out one command, and gives its words.
    @discardableResult
    public func command(_ words: String...) async throws -> [String] { try await command(words) }

    @discardableResult
    public func command(_ words: [String]) async throws -> [String] {
        let client = try await ChildProcess.start("redis-cli", ["-p", "\(port)"] + words)
        try await client.exit()
        return client.lines
    }
}
