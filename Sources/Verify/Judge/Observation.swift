/// A message as a client was shown it.
struct SeenMessage: Hashable, Sendable {
    let seq: Int
    let id: String
    let socket: String
    /// Whether the text is the one that belongs to the id.
    let isIntact: Bool
}

/// One thing that happened to a client, in its order.
struct Observation: Hashable, Sendable {
    enum What: Hashable, Sendable {
        case opened(server: Int)
        case welcome(socket: String, epoch: String, seq: Int)
        /// The opening's messages, or those after a reset.
        case history(epoch: String, [SeenMessage])
        case message(epoch: String, SeenMessage)
        case gap(epoch: String, from: Int, to: Int)
        case reset(epoch: String)
        /// Its own `member_add`: the join has ended, and all that was shown belongs to this epoch.
        case joined(epoch: String)
        /// A change of somebody's membership, which says that the room goes on in this epoch.
        case roster(epoch: String)
        case lost(String)
        /// Close 4001.
        case takenOver
        /// It left for good; what follows is a new page.
        case left

        /// Whether something else than one message or change of a member was said.
        var isTurn: Bool {
            switch self {
            case .message, .roster: false
            default: true
            }
        }
    }

    let at: Duration
    let what: What
}

extension Observation: CustomStringConvertible {
    var description: String { "\(at.inSeconds) \(what)" }
}

extension Observation.What: CustomStringConvertible {
    var description: String {
        switch self {
        case .opened(let server): "connected to server \(server)"
        case .welcome(let socket, let epoch, let seq): "welcome as \(socket), epoch \(epoch), seq \(seq)"
        case .history(let epoch, let messages):
            "history of \(messages.count) (\(messages.first?.seq ?? 0)…\(messages.last?.seq ?? 0)), epoch \(epoch)"
        case .message(let epoch, let message): "message \(message.seq) \(message.id), epoch \(epoch)"
        case .gap(let epoch, let from, let to): "gap \(from)…\(to), epoch \(epoch)"
        case .reset(let epoch): "reset, epoch \(epoch)"
        case .joined(let epoch): "joined, epoch \(epoch)"
        case .roster(let epoch): "roster change, epoch \(epoch)"
        case .lost(let reason): "connection lost: \(reason)"
        case .takenOver: "closed with 4001: taken over"
        case .left: "left for good"
        }
    }
}
