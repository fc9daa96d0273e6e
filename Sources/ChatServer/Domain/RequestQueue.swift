import Rooms

/// What one client has asked for and is still to be done, in the order of arrival, and what of it is refused. Pure.
struct RequestQueue {
    struct Request: Equatable, Sendable {
        let command: ClientCommand
        let arrived: ContinuousClock.Instant
    }

    /// When so many wait, nothing more is read from the client.
    static let limit = 64

    private var requests: [Request] = []
    private var barrier = SendBarrier()
    private var rate = RateLimit()
    /// For what is answered at once and never waits here.
    var answers = RateLimit()
    private var wasFull = false

    var isEmpty: Bool { requests.isEmpty }
    var isFull: Bool { requests.count >= Self.limit }

    /// Takes a request in, behind those that wait.
    /// - Parameter perSecond: how many are taken a second on average; 0: any number.
    /// - Throws: why it isn't: it came too fast, or a send before it has to be repeated first.
    mutating func admit(
        _ command: ClientCommand, at now: ContinuousClock.Instant, perSecond: Int
    ) throws(ClientError) {
        if command.isSend, let refusal = barrier.refusal(of: command.id, at: now) { throw refusal }
        if let wait = rate.take(at: now, perSecond: perSecond) {
            let error = ClientError(
                code: .rateLimited, message: "That was too fast.", id: command.id, retry: wait)
            if command.isSend { barrier.refused([error], at: now) }
            throw error
        }
        requests.append(Request(command: command, arrived: now))
        wasFull = wasFull || isFull
    }

    mutating func next() -> Request? {
        if requests.isEmpty { return nil }
        let first = requests.removeFirst()
        // Most have one request at a time: they hold no memory in between.
        if requests.isEmpty { requests = [] }
        return first
    }

    /// True once, when half of a full queue has been done: the client is to be read again.
    mutating func hasRoomAgain() -> Bool {
        guard wasFull, requests.count <= Self.limit / 2 else { return false }
        wasFull = false
        return true
    }

    /// A request could not be carried out: what its client is to be told, of this and of others.
    ///
    /// What was asked for after it is refused with it where it would have to wait as long, and where it is a send that
    /// must not pass one that will be repeated.
    /// - Parameter isAway: whether the store didn't answer in time.
    mutating func refuse(_ failed: Request, isAway: Bool, at now: ContinuousClock.Instant) -> [ClientError] {
        var refused = [failed]
        if isAway || failed.command.isSend && failed.command.id != nil {
            refused += requests
            requests = []
        }
        let errors = refused.map { request in
            ClientError(
                code: .unavailable, message: "This could not be done just now; it is not known to be kept.",
                id: request.command.id, retry: .seconds(1))
        }
        barrier.refused(zip(refused, errors).filter { $0.0.command.isSend }.map(\.1), at: now)
        return errors
    }

    mutating func removeAll() { requests = [] }
}
