import Foundation
import WebSocket

/// Connects, publishes, counts every delivery, and prints one line of JSON.
@main
enum LoadMain {
    static func main() async {
        do {
            let options = try LoadOptions(Array(CommandLine.arguments.dropFirst()))
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let group = try EventLoopGroup(count: 1)
            let report = try await run(options, on: group.loops[0])
            print(
                String(
                    decoding: try JSONSerialization.data(withJSONObject: report, options: .sortedKeys), as: UTF8.self))
            exit(0)
        } catch {
            FileHandle.standardError.write(Data("Load: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ options: LoadOptions, on loop: isolated EventLoop) async throws -> [String: Double] {
        let swarm = Swarm(options)
        // The first few pay for code and tables that all others share.
        let first = options.subscribers / 50
        await swarm.connect(until: first, on: loop)
        let few = ProcessMeter.read(options.processes)
        let opening = Swarm.nanoseconds
        await swarm.connect(until: options.subscribers, on: loop)
        let opened = Double(Swarm.nanoseconds - opening) / 1e9
        try check(swarm)
        let idle = ProcessMeter.read(options.processes)
        let joins = Double(max(1, options.subscribers - first))
        try await swarm.connectPublishers(on: loop)
        if options.publishers > 0 { swarm.startPublishing(on: loop) }
        await loop.sleep(for: options.warmUp)
        let (before, own) = (ProcessMeter.read(options.processes), ProcessMeter.read([getpid()]))
        let redisBefore = ProcessMeter.read(options.redisProcesses)
        let start = Swarm.nanoseconds
        swarm.isMeasuring = true
        if options.announces {
            print("measuring")
            fflush(nil)
        }
        await loop.sleep(for: options.seconds)
        swarm.isMeasuring = false
        let seconds = Double(Swarm.nanoseconds - start) / 1e9
        let (after, ownAfter) = (ProcessMeter.read(options.processes), ProcessMeter.read([getpid()]))
        let redisAfter = ProcessMeter.read(options.redisProcesses)
        swarm.stopPublishing()
        await loop.sleep(for: .milliseconds(200))
        try check(swarm)

        let deliveries = Double(swarm.deliveries)
        let perMillion = deliveries > 0 ? 1e6 / deliveries : 0
        let messages = Double(swarm.messages)
        let perMillionMessages = messages > 0 ? 1e6 / messages : 0
        let latencies = swarm.latencies.sorted()
        func percentile(_ share: Double) -> Double {
            latencies.isEmpty ? 0 : Double(latencies[Int(Double(latencies.count - 1) * share)]) / 1e6
        }
        return [
            "deliveries": deliveries, "seconds": seconds, "per_second": deliveries / seconds,
            "lost": Double(swarm.lost), "reordered": Double(swarm.reordered),
            "user_us": (after.user - before.user) * perMillion,
            "system_us": (after.system - before.system) * perMillion,
            "cpu_us": (after.user + after.system - before.user - before.system) * perMillion,
            "cpu_share": (after.user + after.system - before.user - before.system) / seconds,
            "load_cpu_us": (ownAfter.user + ownAfter.system - own.user - own.system) * perMillion,
            "load_share": (ownAfter.user + ownAfter.system - own.user - own.system) / seconds,
            "messages_per_second": messages / seconds,
            "message_user_us": (after.user - before.user) * perMillionMessages,
            "message_system_us": (after.system - before.system) * perMillionMessages,
            "redis_user_us": (redisAfter.user - redisBefore.user) * perMillionMessages,
            "redis_system_us": (redisAfter.system - redisBefore.system) * perMillionMessages,
            "p50_ms": percentile(0.5), "p90_ms": percentile(0.9), "p99_ms": percentile(0.99), "max_ms": percentile(1),
            "memory_per_connection": Double(idle.memory - few.memory) / joins,
            "joins_per_second": joins / opened,
            "join_cpu_us": (idle.user + idle.system - few.user - few.system) / joins * 1e6,
            "last_late_ns": Double(swarm.lastLate),
        ]
    }

    private static func check(_ swarm: Swarm) throws {
        if let failure = swarm.failure { throw LoadOptions.Mistake(failure) }
    }
}
