import Transport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension System {
    /// A child process whose output is told line by line, and which can't outlive this process.
    ///
    /// A small shell starts it and ends it (SIGKILL) when its own standard input closes: however this process ends,
    /// even by SIGKILL, the kernel closes that pipe.
    final class Child: Sendable {
        enum Signal: Sendable {
            case kill, terminate, freeze, thaw

            fileprivate var number: Int32 {
                switch self {
                case .kill: SIGKILL
                case .terminate: SIGTERM
                case .freeze: SIGSTOP
                case .thaw: SIGCONT
                }
            }
        }

        enum Event: Sendable {
            case started(pid: Int32)
            case line(String)
            /// 128 and the signal's number when a signal ended it. The last event.
            case exited(status: Int32)
        }

        private static let script = """
            exec 3<&0
            sh -c 'echo $$; exec "$@"' sh "$@" </dev/null 2>&1 &
            child=$!
            (read -r nothing <&3; kill -KILL "$child") >/dev/null 2>&1 &
            guard=$!
            wait "$child"
            status=$?
            kill "$guard" 2>/dev/null
            exit "$status"
            """

        /// One at a time, so that no child starts between the making of another's pipe and its mark.
        private static let starting = Mutex()

        private struct Life {
            var pid: Int32?
            var lifeline: Descriptor?
            /// Where its output is read from, while it is.
            var output: Descriptor?
            var isUnread = false
        }

        private let life: Locked<Life>

        /// Starts `path` with nothing in its environment but PATH. Call it where sockets are made (one that is being
        /// made on another thread might be inherited).
        /// - Parameter report: called on a thread of its own, in order.
        init(
            _ path: String, _ arguments: [String], report: @escaping @Sendable (Event) -> Void
        ) throws(SystemError) {
            Self.starting.lock()
            defer { Self.starting.unlock() }
            let (input, lifeline) = try System.makeInheritedPipe()
            let output: (reading: Descriptor, writing: Descriptor)
            do throws(SystemError) {
                output = try System.makeInheritedPipe()
            } catch {
                System.closeDescriptor(input)
                System.closeDescriptor(lifeline)
                throw error
            }
            defer {
                System.closeDescriptor(input)
                System.closeDescriptor(output.writing)
            }
            let shell: Int32
            do throws(SystemError) {
                let words = ["/bin/sh", "-c", Self.script, "sh", path] + arguments
                shell = try System.spawn(words, input: input, output: output.writing)
            } catch {
                System.closeDescriptor(lifeline)
                System.closeDescriptor(output.reading)
                throw error
            }
            let life = Locked(Life(pid: nil, lifeline: lifeline, output: output.reading))
            self.life = life
            do throws(SystemError) {
                try Thread { Self.watch(shell, output.reading, life, report) }.detach()
            } catch {
                // Without its input the shell ends its child and itself.
                System.closeDescriptor(lifeline)
                System.closeDescriptor(output.reading)
                _ = System.waitForExit(of: shell)
                throw error
            }
        }

        private static func watch(
            _ shell: Int32, _ output: Descriptor, _ life: Locked<Life>, _ report: @Sendable (Event) -> Void
        ) {
            var isFirst = true
            let take = { (line: String) in
                if isFirst, let pid = Int32(line) {
                    isFirst = false
                    life.withLock { $0.pid = pid }
                    return report(.started(pid: pid))
                }
                if line != System.pipeFilling { report(.line(line)) }
            }
            System.readLines(of: output, isPaused: { life.withLock(\.isUnread) }, take: take)
            life.withLock { $0.output = nil }
            System.closeDescriptor(output)
            let status = System.waitForExit(of: shell)
            life.withLock { $0.pid = nil }
            close(life)
            report(.exited(status: status))
        }

        private static func close(_ life: Locked<Life>) {
            let lifeline = life.withLock { life -> Descriptor? in
                defer { life.lifeline = nil }
                return life.lifeline
            }
            if let lifeline { System.closeDescriptor(lifeline) }
        }

        /// nil before it has started and after its end.
        var pid: Int32? { life.withLock { $0.pid } }

        func signal(_ signal: Signal) {
            life.withLock { life in
                if let pid = life.pid { _ = kill(pid, signal.number) }
            }
        }

        /// From now on nobody reads what it writes, and the pipe is filled: whatever it writes next has to wait.
        func stopReading() {
            life.withLock { life in
                life.isUnread = true
                if let output = life.output { System.fillPipe(output) }
            }
            // The reader may have been about to take some of it. Without a thread that much room is left.
            try? Thread { [life] in
                for _ in 0..<20 {
                    _ = usleep(10_000)
                    life.withLock { life in
                        if life.isUnread, let output = life.output { System.fillPipe(output) }
                    }
                }
            }.detach()
        }

        func readAgain() { life.withLock { $0.isUnread = false } }

        /// Ends it (SIGKILL), even if it is frozen.
        func end() { Self.close(life) }
    }

    // MARK: Starting

    /// Blocking, and not inherited but by who is given an end: (read end, write end).
    private static func makeInheritedPipe() throws(SystemError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [0, 0]
        try check(pipe(&ends), "pipe")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (Descriptor(rawValue: ends[0]), Descriptor(rawValue: ends[1]))
    }

    private static func spawn(_ words: [String], input: Descriptor, output: Descriptor) throws(SystemError) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1)
        posix_spawn_file_actions_adddup2(&actions, output.rawValue, 2)
        // This process blocks signals and ignores SIGPIPE, which children would inherit; a group of its own keeps the
        // terminal's Ctrl-C away from them.
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        let path = getenv("PATH").map { "PATH=" + String(cString: $0) } ?? "PATH=/usr/local/bin:/usr/bin:/bin"
        var arguments = words.map { strdup($0) } + [nil]
        var environment = [strdup(path), nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, &environment)
        guard status == 0 else { throw SystemError(code: status, operation: "posix_spawn") }
        return pid
    }

    // MARK: Watching

    /// Blocks until the other ends are all closed.
    /// - Parameter isPaused: asked before each reading, which waits until it says no.
    private static func readLines(of descriptor: Descriptor, isPaused: () -> Bool, take: (String) -> Void) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            while isPaused() { usleep(20_000) }
            let count = buffer.withUnsafeMutableBytes { bytes in
                uninterrupted { read(descriptor.rawValue, bytes.baseAddress, bytes.count) }
            }
            if count <= 0 { break }
            rest.append(contentsOf: buffer[..<count])
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
            // No line of ours is so long.
            if rest.count > 65_536 { rest.removeAll() }
        }
        if !rest.isEmpty { take(String(decoding: rest, as: UTF8.self)) }
    }

    /// A line that nobody means.
    private static let pipeFilling = String(repeating: ".", count: 255)

    /// Writes lines of dots into a pipe, given by its reading end, until it takes no more. Linux alone knows the way.
    private static func fillPipe(_ reading: Descriptor) {
        // Opened anew, so that not to wait is a matter of this descriptor alone and not of the child's.
        let writing = open("/proc/self/fd/\(reading.rawValue)", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard writing >= 0 else { return }
        defer { _ = close(writing) }
        let line = Array((pipeFilling + "\n").utf8)
        while write(writing, line, line.count) > 0 {}
    }

    private static func waitForExit(of pid: Int32) -> Int32 {
        var status: Int32 = 0
        guard uninterrupted({ waitpid(pid, &status, 0) }) == pid else { return -1 }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// The bytes of memory a process has in use; nil where the system doesn't say.
    static func residentBytes(of pid: Int32) -> Int? {
        let descriptor = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes { bytes in
            uninterrupted { read(descriptor, bytes.baseAddress, bytes.count) }
        }
        guard count > 0 else { return nil }
        let fields = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Where this very program is.
    static func executablePath() -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        #if canImport(Darwin)
            var size = UInt32(buffer.count)
            guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
        #else
            guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else { return nil }
        #endif
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether standard output (1) or error (2) is a terminal.
    static func isTerminal(_ number: Int32) -> Bool { isatty(number) == 1 }
}
