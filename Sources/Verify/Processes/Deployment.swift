import Transport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The Redis and the servers of a run: started by it and its to kill, or somebody's that exist already.
final class Deployment {
    /// `ws://host:port`
    let servers: [String]
    /// `redis://…`
    let redisURL: String
    let processes: [ManagedProcess]
    let redis: ManagedProcess?
    /// The way of each server to Redis.
    let proxies: [LinkProxy]
    private let proxyPorts: [UInt16]
    /// What Redis' clock is set with, where that can be done.
    let clockShim: ClockShim?
    /// Where Redis keeps its data.
    private let folder: URL?

    private init(
        servers: [String], redisURL: String, processes: [ManagedProcess], redis: ManagedProcess?,
        proxies: [LinkProxy] = [], proxyPorts: [UInt16] = [], clockShim: ClockShim? = nil,
        folder: URL?
    ) {
        self.servers = servers
        self.redisURL = redisURL
        self.processes = processes
        self.redis = redis
        self.proxies = proxies
        self.proxyPorts = proxyPorts
        self.clockShim = clockShim
        self.folder = folder
    }

    /// Somebody else's.
    static func existing(servers: [String], redisURL: String) -> Deployment {
        Deployment(servers: servers, redisURL: redisURL, processes: [], redis: nil, folder: nil)
    }

    /// Made for the run: nothing is started yet.
    static func own(_ options: VerifyOptions, clock: RunClock) throws -> Deployment {
        guard let executable = System.executablePath() else {
            throw VerifyError("this program can't tell where it is, to start its servers")
        }
        let programs = options.programs(thisOne: executable)
        let ports = try FreePort.reserve(2 * options.servers + 1)
        let proxyPorts = Array(ports[(options.servers + 1)...])
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-verify-\(RunMark.make())")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "data"), withIntermediateDirectories: true)
        let redisURL = "redis://127.0.0.1:\(ports[0])"
        // Never rewritten: a copy made meanwhile is then always the beginning of what comes later.
        let shim = try options.clockShim.map { try ClockShim(library: $0, folder: folder) }
        let redis = ManagedProcess(
            name: "redis", programs: [Program(path: shim == nil ? options.redisServer : ClockShim.program)],
            arguments: (shim?.arguments(running: options.redisServer) ?? []) + RedisUser.arguments + [
                "--port", "\(ports[0])", "--bind", "127.0.0.1", "--dir", folder.appending(path: "data").path,
                "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
            ], readyLine: "Ready to accept connections", clock: clock)
        // Small, so that slow readers are felt, but for more than one page of history (256 KiB).
        let budget = 393_216
        let processes = (0..<options.servers).map { index in
            ManagedProcess(
                // Every other server begins with the second build; each start is from the one that the last wasn't from.
                name: "server \(index)", programs: index % 2 == 0 ? programs : programs.reversed(),
                arguments: [
                    "--port", "\(ports[index + 1])", "--redis", RedisUser.url(port: proxyPorts[index]), "--rate", "0",
                    "--threads", "2",
                    "--retention", "\(options.retention)", "--outbound-budget", "\(budget)",
                ] + options.serverFlags, readyLine: "The chat is at", clock: clock)
        }
        return Deployment(
            servers: ports.dropFirst().prefix(options.servers).map { "ws://127.0.0.1:\($0)" }, redisURL: redisURL,
            processes: processes, redis: redis, proxies: proxyPorts.map { _ in LinkProxy(to: ports[0]) },
            proxyPorts: proxyPorts, clockShim: shim, folder: folder)
    }

    /// - Throws: `VerifyError` with the last words of what didn't start.
    func start(on loop: isolated EventLoop) async throws {
        for (proxy, port) in zip(proxies, proxyPorts) { try proxy.listen(on: port, loop: loop) }
        for process in (redis.map { [$0] } ?? []) + processes {
            if await process.start(on: loop) { continue }
            throw VerifyError("\(process.name) does not start:\n" + process.lines.suffix(10).joined(separator: "\n"))
        }
    }

    func stop(isKept: Bool, on loop: isolated EventLoop) async {
        for process in processes { await process.kill(on: loop) }
        await redis?.kill(on: loop)
        for proxy in proxies { proxy.close(on: loop) }
        if let folder, !isKept { try? FileManager.default.removeItem(at: folder) }
    }

    /// For the end of the run's own process: the children end by themselves.
    func removeFolder() {
        if let folder { try? FileManager.default.removeItem(at: folder) }
    }

    var folderPath: String? { folder?.path }

    // MARK: An older state of Redis

    /// Copies what Redis has written so far.
    func copyData() throws {
        guard let folder else { return }
        let copy = folder.appending(path: "copy")
        try? FileManager.default.removeItem(at: copy)
        try FileManager.default.copyItem(at: folder.appending(path: "data"), to: copy)
    }

    /// Puts the copy back; Redis must be down.
    func restoreData() throws {
        guard let folder else { return }
        let data = folder.appending(path: "data")
        try FileManager.default.removeItem(at: data)
        try FileManager.default.moveItem(at: folder.appending(path: "copy"), to: data)
    }
}
