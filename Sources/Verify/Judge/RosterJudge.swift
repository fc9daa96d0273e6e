/// Judges the rosters at the end: everybody sees exactly those who are there.
struct RosterJudge {
    let name: String
    let room: RoomTruth
    let clients: [ClientRecord]

    func judge(_ verdict: inout Verdict) {
        let present = Dictionary(
            clients.filter(\.isJoined).compactMap { client in client.socket.map { ($0, client.name) } },
            uniquingKeysWith: { "\($0) and \($1)" })
        compare(room.members, with: present, "\(name): the members hash", &verdict)
        for client in clients where client.isJoined {
            compare(client.roster, with: present, "\(name): \(client.name)'s roster", &verdict)
        }
    }

    private func compare(
        _ roster: Set<String>, with present: [String: String], _ whose: String, _ verdict: inout Verdict
    ) {
        verdict.check(.rosters)
        let ghosts = roster.subtracting(present.keys).sorted()
        let missing = Set(present.keys).subtracting(roster).sorted()
        if ghosts.isEmpty, missing.isEmpty { return }
        verdict.violations.append(
            Violation(
                guarantee: .rosters, at: nil,
                summary: "\(whose) has \(ghosts.count) ghosts, and \(missing.count) are missing",
                evidence: ghosts.prefix(8).map { "ghost: \($0)" }
                    + missing.prefix(8).map { "missing: \($0), \(present[$0] ?? "")" }))
    }
}
