/// Looks at a run when it is over, and says which promises were broken. Pure: the same record, the same verdict.
///
/// Every message in a room has one place: a number, and the epoch it was numbered in. A client's view is one list
/// across all its connections: from where it came in, number by number, to the end, unless it was told of a gap or
/// had to start over. History is what Redis holds at the end. These three must agree.
struct Judge {
    struct Limits: Sendable {
        /// What a server may use beyond three times the memory it started with.
        var memoryAllowance = 128 * 1024 * 1024
    }

    let record: RunRecord
    var limits = Limits()

    func verdict() -> Verdict {
        var verdict = Verdict()
        let sent = Dictionary(
            record.clients.flatMap { client in client.sends.map { ($0.id, $0) } },
            uniquingKeysWith: { first, _ in first })
        for client in record.clients {
            ViewJudge(record: record, client: client, sent: sent).judge(&verdict)
        }
        for (name, room) in record.rooms.sorted(by: { $0.key < $1.key }) {
            let clients = record.clients.filter { $0.room == name }
            HistoryJudge(record: record, name: name, room: room, clients: clients).judge(&verdict)
            OrderJudge(name: name, room: room, clients: clients).judge(&verdict)
            RosterJudge(name: name, room: room, clients: clients).judge(&verdict)
        }
        judgeServers(&verdict)
        if !record.isSettled, verdict.violations.isEmpty {
            verdict.violations.append(
                Violation(guarantee: .answered, at: nil, summary: "the end was never reached, or Redis did not answer"))
        }
        verdict.violations.sort { ($0.at ?? .seconds(1 << 40)) < ($1.at ?? .seconds(1 << 40)) }
        return verdict
    }

    private func judgeServers(_ verdict: inout Verdict) {
        for server in record.servers {
            verdict.check(.alive)
            for trouble in server.troubles {
                verdict.violations.append(
                    Violation(
                        guarantee: .alive, at: trouble.at,
                        summary: "\(server.name) \(trouble.words)",
                        evidence: trouble.lastLines))
            }
            if server.startMemory == 0 { continue }
            verdict.check(.memory)
            let limit = 3 * server.startMemory + limits.memoryAllowance
            if server.mostMemory > limit {
                verdict.violations.append(
                    Violation(
                        guarantee: .memory, at: nil,
                        summary: "\(server.name) used \(server.mostMemory >> 20) MB; it started with "
                            + "\(server.startMemory >> 20) MB, and \(limit >> 20) MB is the limit"))
            }
        }
    }
}
