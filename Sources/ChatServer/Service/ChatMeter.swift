import Transport

/// What the chat has done, and refused, since it began; all loops count here.
final class ChatMeter: Sendable {
    struct Counts: Sendable {
        var joins = 0
        var failedJoins = 0
        /// Joins refused since too many came from one address.
        var limitedJoins = 0
        /// Sends that the store has.
        var messages = 0
        /// What clients were told they can't have, by code.
        var errors: [ClientError.Code: Int] = [:]
    }

    private let counts = Locked(Counts())

    var current: Counts { counts.withLock { $0 } }

    func count(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

    func refused(_ code: ClientError.Code) { counts.withLock { $0.errors[code, default: 0] += 1 } }
}
