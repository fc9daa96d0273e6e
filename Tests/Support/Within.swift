/// Why a test could not go on, in words.
public struct TestFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Waits for `body`, but no longer than `limit`; `what` names what was waited for.
///
/// The body is left behind when the time is over: it may hang for good, and the test must not hang with it.
public func within<Value: Sendable>(
    _ limit: Duration = .seconds(15), _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
        let race = Once(continuation)
        let limiter = Task {
            try await Task.sleep(for: limit)
            race.resume(with: .failure(TestFailure("not within \(limit): \(what)")))
        }
        Task {
            do {
                race.resume(with: .success(try await body()))
            } catch {
                race.resume(with: .failure(error))
            }
            limiter.cancel()
        }
    }
}

/// Waits until `condition` holds, but no longer than `limit`. For what sends no event when it changes.
public func eventually(
    _ what: String, within limit: Duration = .seconds(15), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard .now < end else { throw TestFailure("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Resumes a continuation by whoever comes first.
final class Once<Value: Sendable>: Sendable {
    private let continuation: Guarded<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) { self.continuation = Guarded(continuation) }

    func resume(with result: Result<Value, any Error>) {
        continuation.withLock { $0.take() }?.resume(with: result)
    }
}
