/// What happened, in order, written down by any thread and awaited by a test.
public final class Recorder<Event: Sendable>: Sendable {
    private struct Waiter {
        let condition: @Sendable ([Event]) -> Bool
        let once: Once<[Event]>
    }

    private struct State {
        var events: [Event] = []
        var waiters: [Waiter] = []
    }

    private let state = Guarded(State())

    public init() {}

    public var events: [Event] { state.withLock { $0.events } }

    public func record(_ event: Event) {
        let (events, due) = state.withLock { state -> ([Event], [Waiter]) in
            state.events.append(event)
            let events = state.events
            let due = state.waiters.filter { $0.condition(events) }
            if !due.isEmpty { state.waiters.removeAll { $0.condition(events) } }
            return (events, due)
        }
        for waiter in due { waiter.once.resume(with: .success(events)) }
    }

    /// The events, as soon as `condition` holds for them.
    @discardableResult
    public func wait(
        _ what: String, within limit: Duration = .seconds(15),
        until condition: @escaping @Sendable ([Event]) -> Bool
    ) async throws -> [Event] {
        do {
            return try await TestSupport.within(limit, what) { [state] in
                try await withCheckedThrowingContinuation { continuation in
                    let once = Once(continuation)
                    let met = state.withLock { state -> [Event]? in
                        if condition(state.events) { return state.events }
                        state.waiters.append(Waiter(condition: condition, once: once))
                        return nil
                    }
                    if let met { once.resume(with: .success(met)) }
                }
            }
        } catch let failure as TestFailure {
            throw TestFailure("\(failure); so far: \(events.suffix(20))")
        }
    }
}
