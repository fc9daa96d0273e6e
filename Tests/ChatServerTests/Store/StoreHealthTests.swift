import Testing

@testable import ChatServer
@testable import Rooms

@Suite("Whether the store can do what a join needs, judged by trials")
struct StoreHealthTests {
    private let start = ContinuousClock.now

    private func serving(loops: Int = 2) -> StoreHealth {
        var health = StoreHealth(loops: loops)
        for loop in 0..<loops { health.succeeded(loop: loop, at: start) }
        health.arrived(at: start)
        return health
    }

    @Test("it serves when every loop's trial went well and what was published arrived, not before")
    func allOfIt() {
        var health = StoreHealth(loops: 2)
        #expect(health.problem(at: start) != nil)
        health.succeeded(loop: 0, at: start)
        health.arrived(at: start)
        #expect(health.problem(at: start) != nil, "one loop hasn't tried")
        health.succeeded(loop: 1, at: start)
        #expect(health.problem(at: start) == nil)
    }

    @Test("one loop's failed trial is told by its reason, until the next one goes well")
    func failure() {
        var health = serving()
        health.failed(loop: 1, "OOM", at: start)
        health.succeeded(loop: 0, at: start)
        #expect(health.problem(at: start) == "OOM")
        health.succeeded(loop: 1, at: start)
        #expect(health.problem(at: start) == nil)
    }

    @Test("a trial that doesn't end, and publications that don't arrive, are noticed after the memory")
    func silence() {
        var health = serving()
        let late = start + StoreHealth.memory + .milliseconds(1)
        #expect(health.problem(at: start + StoreHealth.memory) == nil)
        #expect(health.problem(at: late) == "Redis has not answered yet")
        for loop in 0..<2 { health.succeeded(loop: loop, at: late) }
        #expect(health.problem(at: late) == "what is published in Redis doesn't arrive")
        health.arrived(at: late)
        #expect(health.problem(at: late) == nil)
        health.disconnected()
        #expect(health.problem(at: late) != nil)
    }

    @Test("slots that are elsewhere are remembered, for they are met by chance")
    func redirection() {
        var health = serving(loops: 1)
        health.failed(loop: 0, "MOVED 1 127.0.0.1:1", isRedirection: true, at: start)
        let later = start + .seconds(10)
        health.succeeded(loop: 0, at: later)
        health.arrived(at: later)
        #expect(health.problem(at: later) == "MOVED 1 127.0.0.1:1")
        let end = start + StoreHealth.redirectionMemory
        health.succeeded(loop: 0, at: end)
        health.arrived(at: end)
        #expect(health.problem(at: end) == nil)
    }
}
