import RESP
import Transport

/// Which run of Redis is behind each loop's connection: its INFO is long, so it is read once a connection.
package final class RunIDs: Sendable {
    private struct Known {
        let connection: UInt64
        let run: String
    }

    private let known = Locked<[Int: Known]>([:])

    func run(of connection: RedisConnectionInfo, on loop: EventLoop) -> String {
        known.withLock { known in
            if let one = known[loop.index], one.connection == connection.number { return one.run }
            let run = RedisServerInfo(connection).runID
            known[loop.index] = Known(connection: connection.number, run: run)
            return run
        }
    }
}
