package import Transport

/// Members that have left, until the store knows: a member must not stay for want of an answer.
///
/// One bounded queue for all rooms. Some calls are under way at once; where the store doesn't answer, those that failed
/// are repeated a second later, and one line tells how many wait. What there is no room for is dropped and counted:
/// whoever reads that room's roster next finds a member of this server without a connection, and lets it leave.
package final class Departures {
    package struct Departure: Sendable {
        let socket: String
        let generation: Int
        let room: RoomName
    }

    /// So many may wait, calls that are under way among them.
    static let limit = 100_000
    /// So many calls are under way at once.
    static let concurrency = 64
    private static let pause: Duration = .seconds(1)

    package typealias Leave = (Departure, isolated EventLoop) async throws(StoreError) -> Void

    private let leave: Leave
    private var waiting: [Departure] = []
    private var head = 0
    private var underWay = 0
    private var isPausing = false
    private var isEnded = false
    private(set) var droppedCount = 0

    /// - Parameter leave: tells the store; throws where it doesn't answer.
    init(_ leave: @escaping Leave) { self.leave = leave }

    /// How many members the store doesn't know to have left.
    var count: Int { waiting.count - head + underWay }

    func add(_ departure: Departure, on loop: isolated EventLoop) {
        if isEnded { return }
        guard count < Self.limit else {
            droppedCount += 1
            return Log.warning(
                "more than \(Self.limit) members that have left wait for the store: the rest leave later")
        }
        waiting.append(departure)
        work(on: loop)
    }

    /// The server goes away: its members stay, for they come back elsewhere.
    func end() {
        isEnded = true
        waiting = []
        head = 0
    }

    private func work(on loop: isolated EventLoop) {
        while !isPausing, underWay < Self.concurrency, head < waiting.count {
            let departure = waiting[head]
            head += 1
            if head == waiting.count || head > 1_024 {
                waiting.removeFirst(head)
                head = 0
            }
            underWay += 1
            loop.startTask { [self] in
                var failure: StoreError?
                do throws(StoreError) {
                    try await leave(departure, loop)
                } catch {
                    failure = error
                }
                ended(departure, failure, on: loop)
            }
        }
    }

    private func ended(_ departure: Departure, _ failure: StoreError?, on loop: isolated EventLoop) {
        underWay -= 1
        if isEnded { return }
        // A room of a later format isn't changed by this server: others take over who comes back.
        if let failure, !failure.isLaterFormat {
            waiting.append(departure)
            if !isPausing {
                isPausing = true
                Log.warning("\(count) members could not leave yet: \(failure)")
                _ = loop.schedule(self, after: Self.pause)
            }
        }
        work(on: loop)
    }
}

extension Departures: TimerHandler {
    package func timerFired(on loop: isolated EventLoop) {
        isPausing = false
        work(on: loop)
    }
}
