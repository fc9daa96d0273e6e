import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

/// Members that leave while the store is away.
struct DeparturesTests {
    /// Answers nobody until it is let go, and notes who is told to leave.
    private final class AwayStore: Sendable {
        struct State {
            var isAway = true
            var attempts = 0
            var underWay = 0
            var mostUnderWay = 0
            var left: Set<String> = []
        }

        let state = Guarded(State())

        func leave(_ socket: String, on loop: isolated EventLoop) async throws(StoreError) {
            state.withLock { state in
                state.attempts += 1
                state.underWay += 1
                state.mostUnderWay = max(state.mostUnderWay, state.underWay)
            }
            await loop.sleep(for: .milliseconds(5))
            let isAway = state.withLock { state in
                state.underWay -= 1
                if !state.isAway { state.left.insert(socket) }
                return state.isAway
            }
            if isAway { throw .unavailable("away") }
        }

        func departures() -> Departures {
            Departures { departure, loop async throws(StoreError) in
                try await self.leave(departure.socket, on: loop)
            }
        }
    }

    private func departure(_ number: Int) -> Departures.Departure {
        .init(socket: "member \(number)", generation: 1, room: .lobby)
    }

    @Test("they are few at a time, are not asked for again and again, and have all left when it is back")
    func outage() async throws {
        let loop = TestLoops.next()
        let store = AwayStore()
        let departures = await loop.run { loop in
            let departures = store.departures()
            for number in 0..<5_000 { departures.add(departure(number), on: loop) }
            return LoopBound(departures, on: loop)
        }
        // Time has to pass here: some rounds of an outage.
        let start = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(2_500))
        let (attempts, most) = store.state.withLock { state in
            state.isAway = false
            return (state.attempts, state.mostUnderWay)
        }
        #expect(most <= Departures.concurrency)
        let rounds = Int(start.duration(to: .now) / .seconds(1)) + 2
        #expect(attempts <= Departures.concurrency * rounds, "one round a second")
        try await eventually("all have left") { store.state.withLock { $0.left.count == 5_000 } }
        #expect(await loop.run { loop in departures.open(on: loop).count } == 0)
    }

    @Test("no more wait than there is room for; when the server goes away none does")
    func bounds() async {
        await TestLoops.next().run { loop in
            let departures = AwayStore().departures()
            for number in 0..<(Departures.limit + 10) { departures.add(departure(number), on: loop) }
            #expect(departures.count == Departures.limit && departures.droppedCount == 10)
            departures.end()
            departures.add(departure(0), on: loop)
            #expect(departures.count == Departures.concurrency)
        }
    }
}
