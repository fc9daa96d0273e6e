/// Something that goes wrong, when, and for whom.
struct Fault: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// SIGKILL; started again after a while.
        case serverKill(Int, down: Duration)
        /// SIGTERM; started again some time after its end.
        case serverTerminate(Int, down: Duration)
        /// SIGSTOP, and SIGCONT after a while.
        case serverFreeze(Int, lasting: Duration)
        case redisKill(down: Duration)
        case redisTerminate(down: Duration)
        case redisFreeze(lasting: Duration)
        /// Its data is copied, and put back after a while: what was acknowledged in between is lost.
        case redisRestore(age: Duration)
        /// All rooms' keys are copied, and put back after a while, as it runs: it keeps its run id.
        case redisPutBack(age: Duration)
        /// A room's roster is lost alone: the room of this client.
        case membersLost(client: Int)
        /// Redis' clock is put ahead, or back, by so much, and set right after a while.
        case clockStep(by: Duration, lasting: Duration)
        /// SCRIPT FLUSH
        case scriptsFlushed
        /// The server's links to Redis are forgotten on the way, as a NAT does: nobody is told.
        case linksForgotten(Int)
        /// Nobody reads what the server writes to its log, and the pipe is full.
        case logUnread(Int, lasting: Duration)
        /// CLIENT KILL TYPE pubsub
        case subscriberLinksCut
        /// The clients' links end without a Close frame.
        case clientsCut([Int])
        /// The clients come back elsewhere while their old links still stand.
        case clientsRoam([Int])
        /// The clients read nothing for a while, as much more is said in their rooms.
        case clientsSlow([Int], lasting: Duration)
        /// The clients leave (Close 1000), and come back as new members.
        case clientsLeave([Int])
        /// So many connections to the server end amid their handshake.
        case handshakesVanish(server: Int, count: Int)
    }

    /// Counted from 1.
    let number: Int
    /// Since the run began.
    let at: Duration
    let kind: Kind
}

extension Fault: CustomStringConvertible {
    var description: String { "#\(number) \(at.inSeconds) \(kind)" }
}

extension Fault.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .serverKill(let server, let down): "SIGKILL server \(server), back after \(down.inSeconds)"
        case .serverTerminate(let server, let down): "SIGTERM server \(server), back \(down.inSeconds) after its end"
        case .serverFreeze(let server, let lasting): "SIGSTOP server \(server) for \(lasting.inSeconds)"
        case .redisKill(let down): "SIGKILL redis, back after \(down.inSeconds)"
        case .redisTerminate(let down): "SIGTERM redis, back after \(down.inSeconds)"
        case .redisFreeze(let lasting): "SIGSTOP redis for \(lasting.inSeconds)"
        case .redisRestore(let age): "redis goes back to what it held \(age.inSeconds) before"
        case .redisPutBack(let age): "the keys in redis go back, as it runs, to what they were \(age.inSeconds) before"
        case .membersLost(let client): "DEL the members of client \(client)'s room"
        case .clockStep(let step, let lasting): "redis' clock steps by \(step.inSeconds) for \(lasting.inSeconds)"
        case .scriptsFlushed: "SCRIPT FLUSH"
        case .linksForgotten(let server): "a NAT forgets the links of server \(server) to redis"
        case .logUnread(let server, let lasting): "nobody reads the log of server \(server) for \(lasting.inSeconds)"
        case .subscriberLinksCut: "CLIENT KILL TYPE pubsub"
        case .clientsCut(let clients): "cut clients \(Self.list(clients))"
        case .clientsRoam(let clients): "roaming clients \(Self.list(clients))"
        case .clientsSlow(let clients, let lasting): "slow clients \(Self.list(clients)) for \(lasting.inSeconds)"
        case .clientsLeave(let clients): "leaving clients \(Self.list(clients))"
        case .handshakesVanish(let server, let count): "\(count) vanish amid the handshake with server \(server)"
        }
    }

    private static func list(_ clients: [Int]) -> String { clients.map(String.init).joined(separator: ",") }
}

extension Duration {
    /// `12.345s`
    var inSeconds: String {
        let milliseconds = Int(self / .milliseconds(1))
        let (whole, rest) = (abs(milliseconds) / 1000, String(abs(milliseconds) % 1000 + 1000).dropFirst())
        return "\(milliseconds < 0 ? "-" : "")\(whole).\(rest)s"
    }
}
