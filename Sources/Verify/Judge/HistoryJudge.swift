/// Judges a room's history against what was acknowledged.
struct HistoryJudge {
    let record: RunRecord
    let name: String
    let room: RoomTruth
    let clients: [ClientRecord]

    func judge(_ verdict: inout Verdict) {
        for client in clients {
            for send in client.sends where !send.acks.isEmpty {
                judge(send, of: client, &verdict)
                judgeAcks(send, of: client, &verdict)
            }
        }
        for flaw in room.flaws {
            verdict.violations.append(Violation(guarantee: .order, at: flaw.at, summary: "\(name): \(flaw.words)"))
        }
        judgeNumbers(&verdict)
        judgeSenders(&verdict)
    }

    private func judge(_ send: SendRecord, of client: ClientRecord, _ verdict: inout Verdict) {
        for ack in send.acks {
            verdict.check(.kept)
            // What history no longer held before anybody looked can't be judged.
            if room.log[ack.seq]?.id == send.id || (room.log[ack.seq] == nil && ack.seq <= room.seq) { continue }
            if record.losses.contains(where: { $0.mayHold(send.sent, ack.at) }) {
                verdict.lostByRestore += 1
                continue
            }
            let history = room.log[ack.seq].map { "has \($0.id) there" } ?? "ends at \(room.seq)"
            verdict.violations.append(
                Violation(
                    guarantee: .kept, at: ack.at,
                    summary:
                        "\(client.name) in \(name): \(send.id) was acknowledged as \(ack.seq), and history \(history)",
                    evidence: ["first sent at \(send.sent.inSeconds), \(send.tries) times", "acks: \(send.acks)"],
                    messages: [send.id]))
            return
        }
    }

    /// Whatever was repeated is acknowledged with its first number.
    private func judgeAcks(_ send: SendRecord, of client: ClientRecord, _ verdict: inout Verdict) {
        guard send.acks.count > 1 else { return }
        verdict.check(.once)
        let places = Set(send.acks.map { "\(room.origin(of: $0.seq, in: $0.epoch)):\($0.seq)" })
        if places.count > 1,
            !record.losses.contains(where: { $0.mayHold(send.sent, send.acks[send.acks.count - 1].at) })
        {
            verdict.violations.append(
                Violation(
                    guarantee: .once, at: send.acks.last?.at,
                    summary: "\(client.name) in \(name): \(send.id) was acknowledged with different numbers",
                    evidence: places.sorted()))
        }
    }

    /// One message, one number; and no hole in what is held.
    private func judgeNumbers(_ verdict: inout Verdict) {
        verdict.check(.once, room.log.count)
        var numbers: [String: Int] = [:]
        for entry in room.log.values.sorted(by: { $0.seq < $1.seq }) {
            if let before = numbers.updateValue(entry.seq, forKey: entry.id) {
                verdict.violations.append(
                    Violation(
                        guarantee: .once, at: nil,
                        summary: "\(name): history holds \(entry.id) twice, as \(before) and as \(entry.seq)"))
            }
        }
        guard let reading = room.lastReading, reading.isWhole else { return }
        verdict.check(.order, reading.entries.count)
        let held = reading.entries.map(\.seq)
        let first = max(1, reading.seq - record.retention + 1)
        if held != Array(first..<(reading.seq + 1)), held != Array((held.first ?? first)..<(reading.seq + 1)) {
            let missing = Set((held.first ?? first)..<(reading.seq + 1)).subtracting(held).sorted()
            verdict.violations.append(
                Violation(
                    guarantee: .order, at: nil, summary: "\(name): history isn't number by number",
                    evidence: ["missing: \(missing.prefix(10))", "it holds \(held.count), up to \(reading.seq)"]))
        }
    }

    /// One member's messages stand in the order in which it sent them, but for what Redis had, lost, and was sent again.
    private func judgeSenders(_ verdict: inout Verdict) {
        let numbers = Dictionary(room.log.values.map { ($0.id, $0.seq) }, uniquingKeysWith: { first, _ in first })
        for client in clients {
            var last: (seq: Int, send: SendRecord)?
            for send in client.sends where !send.isFailed {
                guard let seq = numbers[send.id] else { continue }
                verdict.check(.order)
                if let last, last.send.socket == send.socket, seq < last.seq, !mayHaveLost(last.send) {
                    verdict.violations.append(
                        Violation(
                            guarantee: .order, at: send.sent,
                            summary: "\(client.name) in \(name): \(send.id) stands as \(seq), "
                                + "before \(last.send.id), as \(last.seq), which was sent before it",
                            evidence: evidence(for: [last.send, send], of: client)))
                }
                last = (seq, send)
            }
        }
    }

    private func mayHaveLost(_ send: SendRecord) -> Bool {
        let answered = send.acks.last?.at ?? .seconds(Int64.max)
        return record.losses.contains { $0.mayHold(send.sent, answered) }
    }

    /// What is known of some sends, and of the sender's connections meanwhile.
    private func evidence(for sends: [SendRecord], of client: ClientRecord) -> [String] {
        let from = (sends.map(\.sent).min() ?? .zero) - .seconds(1)
        let end = (sends.flatMap(\.acks).map(\.at).max() ?? from) + .seconds(2)
        let connections = client.observations.filter { observation in
            guard from <= observation.at, observation.at <= end else { return false }
            return switch observation.what {
            case .opened, .welcome, .joined, .reset, .lost, .left: true
            default: false
            }
        }
        return sends.map(\.description) + connections.map { "\(client.name) saw: \($0)" }
    }
}
