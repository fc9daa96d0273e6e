public import Foundation

/// A child process whose output is captured line by line, and which can't outlive this process.
///
/// A small shell starts it and ends it (SIGKILL) when its own standard input closes: however this process ends, even
/// by SIGKILL, the kernel closes that pipe.
public final class ChildProcess: Sendable {
    private enum Event: Sendable {
        case line(String)
        case exited(Int32)
    }

    private static let script = """
        exec 3<&0
        cd "$1" || exit
        shift
        sh -c 'echo "$$"; exec "$@"' sh "$@" </dev/null 2>&1 &
        child=$!
        (read -r nothing <&3; kill -KILL "$child") 2>/dev/null &
        guard=$!
        wait "$child"
        status=$?
        kill "$guard" 2>/dev/null
        exit "$status"
        """

    private let name: String
    private let recorder = Recorder<Event>()
    private let lifeline: FileHandle
    public let pid: Int32

    /// Starts `executable` (a path, or a name to be found in PATH).
    /// - Throws: `TestFailure` when it can't be started.
    public static func start(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        directory: URL? = nil
    ) async throws -> ChildProcess {
        guard let path = path(of: executable) else {
            throw TestFailure("\(executable) is not installed (not in PATH), and this test needs it")
        }
        return try await ChildProcess(path, arguments, environment, directory)
    }

    private static func path(of executable: String) -> String? {
        if executable.contains("/") { return executable }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(executable)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private init(
        _ path: String, _ arguments: [String], _ environment: [String: String], _ directory: URL?
    ) async throws {
        name = URL(filePath: path).lastPathComponent
        let shell = try Spawned(
            ["/bin/sh", "-c", Self.script, "sh", directory?.path ?? ".", path] + arguments, environment: environment)
        lifeline = shell.input
        let lines = LineSplitter()
        shell.follow(
            output: { [recorder] data in
                for line in lines.lines(after: data) { recorder.record(.line(line)) }
            },
            exit: { [recorder] status in recorder.record(.exited(status)) })
        let name = name
        let events = try await recorder.wait("\(name) started") { events in !events.isEmpty }
        guard case .line(let first)? = events.first, let pid = Int32(first) else {
            throw TestFailure("\(name) did not start: \(events)")
        }
        self.pid = pid
    }

    deinit { try? lifeline.close() }

    // MARK: What it says

    /// All it has written so far, standard output and error in one.
    public var lines: [String] { Self.lines(of: recorder.events) }

    private static func lines(of events: [Event]) -> [String] {
        Array(
            events.compactMap { event -> String? in
                if case .line(let line) = event { line } else { nil }
            }.dropFirst())
    }

    private static func status(in events: [Event]) -> Int32? {
        for case .exited(let status) in events { return status }
        return nil
    }

    /// The first line that contains `text`, as soon as it is written.
    /// - Throws: `TestFailure` when the process ends without it, or does not write it in time.
    @discardableResult
    public func line(containing text: String, within limit: Duration = .seconds(20)) async throws -> String {
        let events = try await recorder.wait("\(name) writes '\(text)'", within: limit) { events in
            Self.status(in: events) != nil || Self.lines(of: events).contains { $0.contains(text) }
        }
        if let line = Self.lines(of: events).first(where: { $0.contains(text) }) { return line }
        throw TestFailure("\(name) ended without writing '\(text)': \(Self.lines(of: events).suffix(20))")
    }

    // MARK: Its end

    public var hasExited: Bool { Self.status(in: recorder.events) != nil }

    /// Its exit status, as soon as it has ended; 128 and the signal's number when a signal ended it.
    @discardableResult
    public func exit(within limit: Duration = .seconds(20)) async throws -> Int32 {
        let name = name
        let events = try await recorder.wait("\(name) ends", within: limit) { Self.status(in: $0) != nil }
        return Self.status(in: events) ?? -1
    }

    public func signal(_ number: Int32) {
        if !hasExited { kill(pid, number) }
    }

    /// Ends it (SIGKILL), and returns when it is gone.
    public func end() async throws {
        try? lifeline.close()
        try await exit()
    }
}
