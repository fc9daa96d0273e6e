import Foundation
import Testing

/// `SIMULATION_SEED=n` replays one seed and prints its trace; `SIMULATION_SEEDS=n` tries so many.
@Suite("A simulated room")
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seeds = environment["SIMULATION_SEEDS"].flatMap { Int($0) } ?? 2_000
    private static let shards = 4

    @Test("nothing lost, nothing twice, no ghosts, whatever happens", arguments: 0..<shards)
    func everySeed(shard: Int) async {
        if let seed = Self.environment["SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            if shard == 0 { await replay(seed) }
            return
        }
        let seeds = stride(from: shard, to: Self.seeds, by: Self.shards).map { UInt64($0) }
        for failure in await Self.onThread({ Self.failures(among: seeds, atMost: 3) }) {
            Issue.record("\(failure)")
        }
    }

    private func replay(_ seed: UInt64) async {
        let lines = await Self.onThread {
            let simulation = Simulation(seed: seed, isTracing: true)
            let result = simulation.run()
            return simulation.world.trace + ["seed \(seed): \(result ?? "all is well")"]
        }
        print(lines.joined(separator: "\n"))
    }

    static func failures(among seeds: [UInt64], sabotage: Simulation.Sabotage = .none, atMost limit: Int) -> [String] {
        var failures: [String] = []
        for seed in seeds where failures.count < limit {
            guard let violation = Simulation(seed: seed, sabotage: sabotage).run() else { continue }
            let again = Simulation(seed: seed, sabotage: sabotage, isTracing: true)
            _ = again.run()
            let trace = again.world.trace.suffix(60).joined(separator: "\n")
            failures.append("seed \(seed): \(violation)\nReplay with SIMULATION_SEED=\(seed).\n\(trace)")
        }
        return failures
    }

    /// A thread of its own: the others' tests wait for none of this.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}
