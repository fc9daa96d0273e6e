import Foundation
import Testing

/// `SIMULATION_SEED=n` replays one seed and prints its trace; `SIMULATION_SEEDS=n` tries so many (200; `make simulate`
/// tries thousands, since it takes both cores).
@Suite("A simulated room")
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seeds = environment["SIMULATION_SEEDS"].flatMap { Int($0) } ?? 200
    private static let single = environment["SIMULATION_SEED"].flatMap { UInt64($0) }
    private static let shards = 4

    @Test("nothing lost, nothing twice, no ghosts, whatever happens", arguments: 0..<shards)
    func everySeed(shard: Int) async {
        if Self.single != nil { return }
        let seeds = stride(from: shard, to: Self.seeds, by: Self.shards).map { UInt64($0) }
        let (failures, sights) = await Self.onThread { Self.tryOut(seeds, atMost: 3) }
        for failure in failures { Issue.record("\(failure)") }
        guard failures.isEmpty, seeds.count >= 1_000 else { return }
        // An invariant proves something only where there was something to see.
        #expect(sights.messages > 50_000)
        #expect(sights.gaps > 10 && sights.resets > 10 && sights.takeOvers > 10)
        #expect(sights.superseded > 10, "\(sights)")
        #expect(sights.putBack > 10, "\(sights)")
        #expect(sights.ghostWatches > 3 && sights.slowReaders > 10 && sights.putBacks > 10, "\(sights)")
    }

    /// Each was a bug once. What a seed means changes with the schedule: these are kept for what they may find again.
    @Test(
        "what went wrong once",
        arguments: [
            // Pages that were cut, and sent on; histories and gaps out of order.
            1, 3, 5, 24, 126, 153,
            // Resets by a server that was itself behind.
            55, 108, 136, 2498, 2247, 864,
            // Two connections of one member; an overtaken attachment.
            42, 100, 1078, 8463,
            // Swept, put back, left; leases of an old copy, leases before a freeze; old holds.
            394, 1442, 1503, 1571, 6373,
        ] as [UInt64])
    func regression(seed: UInt64) async {
        if Self.single != nil { return }
        for failure in await Self.onThread({ Self.tryOut([seed], atMost: 1).failures }) { Issue.record("\(failure)") }
    }

    @Test("what is broken on purpose is found", arguments: Simulation.Sabotage.allCases.filter { $0 != .none })
    func findsSabotage(sabotage: Simulation.Sabotage) async {
        let failures = await Self.onThread { Self.tryOut(0..<200, sabotage: sabotage, atMost: 1).failures }
        #expect(failures.count == 1, "\(sabotage) went unseen")
    }

    @Test("the same seed does the same again")
    func isDeterministic() async {
        let traces = await Self.onThread {
            (0..<2).map { _ in
                let simulation = Simulation(seed: 7, isTracing: true)
                _ = simulation.run()
                return simulation.world.trace
            }
        }
        #expect(traces[0].count > 100)
        #expect(traces[0] == traces[1])
    }

    @Test("replay", .enabled(if: single != nil))
    func replay() async {
        let seed = Self.single ?? 0
        let lines = await Self.onThread {
            let simulation = Simulation(seed: seed, isTracing: true)
            let result = simulation.run()
            return simulation.world.trace + ["seed \(seed): \(result ?? "all is well")"]
        }
        print(lines.joined(separator: "\n"))
        if !(lines.last ?? "").hasSuffix("all is well") { Issue.record("\(lines.last ?? "")") }
    }

    // MARK: Running

    static func tryOut(
        _ seeds: some Sequence<UInt64>, sabotage: Simulation.Sabotage = .none, atMost limit: Int
    ) -> (failures: [String], sights: Oracle.Sights) {
        var failures: [String] = []
        var sights = Oracle.Sights()
        for seed in seeds where failures.count < limit {
            let simulation = Simulation(seed: seed, sabotage: sabotage)
            let violation = simulation.run()
            sights.add(simulation.oracle.sights)
            guard let violation else { continue }
            let again = Simulation(seed: seed, sabotage: sabotage, isTracing: true)
            _ = again.run()
            let trace = again.world.trace.suffix(60).joined(separator: "\n")
            failures.append("seed \(seed): \(violation)\nReplay with SIMULATION_SEED=\(seed).\n\(trace)")
        }
        return (failures, sights)
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
