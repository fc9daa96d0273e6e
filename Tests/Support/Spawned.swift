import Foundation

/// A bare process with pipes, followed by a thread of its own.
///
/// Not Foundation's `Process`: its word of a child's end is late when another child, started at the same moment,
/// inherits its descriptors; and children inherit the signal mask of the pool's threads, which block everything, so
/// that they'd never see SIGTERM, nor a shell SIGCHLD.
struct Spawned {
    /// Its standard input. No other child holds it.
    let input: FileHandle
    private let output: FileHandle
    private let pid: pid_t

    init(_ arguments: [String], environment: [String: String]) throws {
        let (childInput, input) = try Self.pipe()
        let (output, childOutput) = try Self.pipe()
        defer {
            close(childInput)
            close(childOutput)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput, 1)
        posix_spawn_file_actions_adddup2(&actions, childOutput, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let status = Self.withCStrings(arguments) { argv in
            Self.withCStrings(variables) { envp in
                posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
            }
        }
        self.pid = pid
        self.input = FileHandle(fileDescriptor: input, closeOnDealloc: true)
        self.output = FileHandle(fileDescriptor: output, closeOnDealloc: true)
        if status != 0 { throw TestFailure("\(arguments[0]) can't be started: \(String(cString: strerror(status)))") }
    }

    /// Calls `output` with each chunk (empty at the end), then `exit` with the status, on a thread of its own.
    func follow(output handle: @escaping @Sendable (Data) -> Void, exit: @escaping @Sendable (Int32) -> Void) {
        let (output, pid) = (output, pid)
        Thread.detachNewThread {
            while true {
                let data = output.availableData
                handle(data)
                if data.isEmpty { break }
            }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            exit(status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F))
        }
    }

    /// A pipe whose ends no child inherits unless it is given them: (read end, write end).
    private static func pipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        // At once where that is possible: a child started between two calls would inherit them.
        typealias Pipe2 = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
        let status: Int32
        if let pipe2 = dlsym(nil, "pipe2") {
            status = unsafeBitCast(pipe2, to: Pipe2.self)(&ends, O_CLOEXEC)
        } else {
            status = Foundation.pipe(&ends)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        guard status == 0 else { throw TestFailure("pipe: \(String(cString: strerror(errno)))") }
        return (ends[0], ends[1])
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

/// Cuts a stream of bytes into lines.
final class LineSplitter: Sendable {
    private let rest = Guarded([UInt8]())

    /// The lines that `data` completes; no data at all is the end of the stream.
    func lines(after data: Data) -> [String] {
        rest.withLock { rest in
            rest.append(contentsOf: data)
            var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let last = parts.removeLast()
            if data.isEmpty, !last.isEmpty { parts.append(last) }
            rest = data.isEmpty ? [] : Array(last)
            return parts.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
