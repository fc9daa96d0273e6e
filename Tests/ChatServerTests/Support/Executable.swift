import Foundation
import TestSupport
import Testing

/// The real ChatServer, as a process.
enum Executable {
    static var path: String {
        // Beside the bundle of these tests, wherever they were built.
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            return (bundle ?? Bundle.main.bundleURL).deletingLastPathComponent().appending(path: "ChatServer").path
        #else
            Bundle.main.bundleURL.appending(path: "ChatServer").path
        #endif
    }

    /// Neither flags nor variables of whoever runs the tests.
    static let environment = Dictionary(
        uniqueKeysWithValues: [
            "HOST", "PORT", "REDIS_ADDRESS", "REDIS_HOST", "REDIS_PORT", "CHANNEL_HISTORY_MAX", "ALLOWED_ORIGINS",
            "ALLOWED_HOSTS",
        ].map { ($0, "") })

    static func start(_ arguments: String...) async throws -> ChildProcess {
        try await ChildProcess.start(Self.path, arguments, environment: Self.environment)
    }

    static func port(of server: ChildProcess) async throws -> UInt16 {
        let line = try await server.line(containing: "The chat is at")
        return try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
    }

    /// Serves on a port of its own.
    static func serve(_ arguments: String...) async throws -> (ChildProcess, port: UInt16) {
        let child = try await ChildProcess.start(path, arguments + ["--port", "0"], environment: environment)
        return (child, try await port(of: child))
    }
}
