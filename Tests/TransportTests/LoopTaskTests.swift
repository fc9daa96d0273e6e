import Testing

@testable import Transport

@Suite("Tasks that stay on a loop's thread")
struct LoopTaskTests {
    /// Runs wherever the task prefers.
    @concurrent
    private static func isOn(_ loop: EventLoop) async -> Bool { loop.isCurrent }

    @Test("a task started on a loop is on its thread after everything it has awaited", arguments: 1...3)
    func stays(round: Int) async throws {
        let group = try EventLoopGroup(count: 2)
        let (loop, other) = (group.loops[0], group.loops[1])
        let places = await withCheckedContinuation { (done: CheckedContinuation<[Bool], Never>) in
            loop.submit { loop in
                loop.startTask {
                    var places = [loop.isCurrent, await Self.isOn(loop)]
                    await loop.sleep(for: .milliseconds(1))
                    places += [loop.isCurrent, await Self.isOn(loop)]
                    // Resumed by another thread.
                    await withCheckedContinuation { continuation in other.submit { _ in continuation.resume() } }
                    places += [loop.isCurrent, await Self.isOn(loop)]
                    let isStopped = await other.isStopped
                    places += [!isStopped, loop.isCurrent, await Self.isOn(loop)]
                    done.resume(returning: places)
                }
            }
        }
        #expect(places == Array(repeating: true, count: 9))
        await group.shutDown()
    }

    @Test("what a task started there changes is the loop's alone")
    func isolated() async throws {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        final class Counter { var (count, ended) = (0, 0) }
        let count = await withCheckedContinuation { (done: CheckedContinuation<Int, Never>) in
            loop.submit { loop in
                let counter = Counter()
                for _ in 0..<100 {
                    loop.startTask {
                        for _ in 0..<10 {
                            counter.count += 1
                            await loop.sleep(for: .zero)
                        }
                        counter.ended += 1
                        if counter.ended == 100 { done.resume(returning: counter.count) }
                    }
                }
            }
        }
        #expect(count == 1_000)
        await group.shutDown()
    }
}
