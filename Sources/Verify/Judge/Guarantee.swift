/// What is promised, as far as a client can tell (PROTOCOL.md §3).
enum Guarantee: Int, CaseIterable, Hashable, Sendable {
    case kept = 1
    case once, order, sameMember, honest, sent, answered, rosters, memory, alive

    var title: String {
        switch self {
        case .kept: "acknowledged is kept, and shown to every member or named in a gap"
        case .once: "nothing is shown twice"
        case .order: "one order for all: live, caught up, in history, and by sender"
        case .sameMember: "who reconnects is the same member"
        case .honest: "gap and reset only where history is gone, and always there"
        case .sent: "nothing is shown that wasn't sent"
        case .answered: "every send is answered, every client comes back"
        case .rosters: "rosters are true: no ghosts, nobody missing"
        case .memory: "memory stays bounded"
        case .alive: "servers start and end when asked to, and never by themselves"
        }
    }
}
