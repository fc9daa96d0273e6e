/// All that is known of a run when it is over: what the judge judges.
struct RunRecord: Sendable {
    /// Messages kept a room.
    var retention: Int
    var rooms: [String: RoomTruth] = [:]
    var clients: [ClientRecord] = []
    var losses: [Loss] = []
    var servers: [ServerRecord] = []
    /// In the order in which they came.
    var faults: [Fault] = []
    /// Whether everybody was back, and everything answered, within the time there was for it.
    var isSettled = true

    /// A time in which Redis lost what it had acknowledged.
    struct Loss: Hashable, Sendable {
        /// When the copy was begun that was put back.
        var copied: Duration
        /// When Redis had ended.
        var stopped: Duration

        /// Whether what was written at some time between these two may be lost.
        func mayHold(_ earliest: Duration, _ latest: Duration) -> Bool { earliest <= stopped && latest >= copied }
    }
}

/// One client's side of a run.
struct ClientRecord: Sendable {
    let name: String
    let room: String
    var observations: [Observation] = []
    var sends: [SendRecord] = []
    var failures = 0
    // At the end:
    var socket: String?
    var isJoined = false
    var roster: Set<String> = []
}

/// One message that a client meant to send.
struct SendRecord: Hashable, Sendable {
    struct Ack: Hashable, Sendable {
        let epoch: String
        let seq: Int
        let at: Duration
    }

    let id: String
    let socket: String
    let sent: Duration
    /// How often it was sent.
    var tries = 0
    /// How often the server said that it can't.
    var refusals = 0
    var acks: [Ack] = []
    /// Seen in the room before it was acknowledged, or instead.
    var isEchoed = false
    /// Given up by the client rules: the identity is a new one, or it is too old.
    var isFailed = false
}

extension SendRecord: CustomStringConvertible {
    var description: String {
        let answers = acks.map { "acknowledged at \($0.at.inSeconds) as \($0.seq) of \($0.epoch)" }
        return "\(id): first sent at \(sent.inSeconds), in all \(tries) times, refused \(refusals) times"
            + ([isEchoed ? "seen" : "not seen before its ack"] + answers).map { ", \($0)" }.joined()
    }
}

/// One server's side of a run.
struct ServerRecord: Sendable {
    let name: String
    var troubles: [Trouble] = []
    /// How often it was started, by the name of the build.
    var starts: [String: Int] = [:]
    /// The memory in use when it had started, and the most that was seen, in bytes.
    var startMemory = 0
    var mostMemory = 0

    /// It ended by itself, or didn't end or start when asked to.
    struct Trouble: Hashable, Sendable {
        let at: Duration
        let words: String
        /// What it had written.
        let lastLines: [String]
    }
}
