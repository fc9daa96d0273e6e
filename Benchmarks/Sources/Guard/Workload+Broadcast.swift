import Dispatch
import Synchronization
import WebSocket

extension Workload {
    static let broadcasts = [
        broadcast("broadcast to 50", messages: 1),
        broadcast("broadcast 8 in a tick to 50", messages: 8),
        Workload(name: "deflate message") { repetitions in
            try waiting {
                try await Audience(listeners: 1, isCompressing: true).count(repetitions, messages: 1) {
                    .text(Sample.history.utf8, isCompressible: true)
                }
            }
        },
    ]

    private static func broadcast(_ name: String, messages: Int) -> Workload {
        Workload(name: name) { repetitions in
            try waiting {
                try await Audience(listeners: 50).count(repetitions, messages: messages) { .text(Sample.event.utf8) }
            }
        }
    }

    /// Blocks the main thread, on which nothing else waits.
    private static func waiting(_ work: @escaping @Sendable () async throws -> Int) throws -> Int {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Int, any Error>?>(nil)
        Task.detached {
            let outcome: Result<Int, any Error>
            do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        return try result.withLock { $0 }?.get() ?? 0
    }
}
