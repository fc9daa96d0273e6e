import Foundation
import TestSupport
import Transport

/// The built server as a process of its own. It keeps its port over `kill` and `start`.
final class ChatServerProcess: Sendable {
    let port: UInt16
    private let arguments: [String]
    private let process = Guarded<ChildProcess?>(nil)

    /// - Parameters:
    ///   - redis: nil: its store is its own, and ends with it.
    ///   - flags: more of them, which win over those that are set here.
    init(redis: RedisServer?, flags: [String] = []) async throws {
        port = try FreePort.reserve()
        // Seeding a room would take long at the usual rate.
        arguments =
            ["--port", "\(port)", "--threads", "1"] + (redis.map { ["--redis", $0.url] } ?? ["--embedded"])
            + (flags.contains("--rate") ? [] : ["--rate", "0"]) + flags
        try await start()
    }

    func start() async throws {
        let path = Self.products.appending(path: "ChatServer").path
        let started = try await ChildProcess.start(path, arguments)
        process.withLock { $0 = started }
        try await started.line(containing: "The chat is at")
    }

    /// SIGKILL; returns when it is gone.
    func kill() async throws { try await process.withLock { $0.take() }?.end() }

    /// Lets it do nothing, not even answer, until it is thawed.
    func freeze() { process.withLock { $0?.signal(SIGSTOP) } }

    func thaw() { process.withLock { $0?.signal(SIGCONT) } }

    var isRunning: Bool { process.withLock { $0?.hasExited == false } }

    /// The page of a room.
    func page(room: String) -> String { "http://127.0.0.1:\(port)/?room=\(room)" }

    func webSocket(room: String, name: String) -> String { "ws://127.0.0.1:\(port)/ws?room=\(room)&name=\(name)" }

    /// The package manager puts executables and test bundles into one folder.
    private static var products: URL {
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
            return bundle.bundleURL.deletingLastPathComponent()
        #else
            return Bundle.main.bundleURL
        #endif
    }
}
