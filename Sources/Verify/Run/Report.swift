/// A run in words: what will be done, and what came of it.
enum Report {
    static func heading(
        _ options: VerifyOptions, _ schedule: Schedule, servers: [String], folder: String?
    ) -> String {
        var lines = [
            "seed \(options.seed): \(options.faults) faults, \(options.servers) servers, \(options.clients) clients in "
                + "\(options.rooms) rooms, \(options.rate) messages a second each",
            "servers: \(servers.joined(separator: " "))" + (folder.map { "; Redis' data: \($0)" } ?? ""),
        ]
        if let other = options.otherBinary {
            lines.append("the other build: \(([other] + options.otherFlags).joined(separator: " "))")
        }
        lines += schedule.faults.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n\n"
    }

    static func text(_ record: RunRecord, _ verdict: Verdict, seed: UInt64, settledAfter: Duration?) -> String {
        var lines = [""]
        for guarantee in Guarantee.allCases {
            let count = verdict.violations.count { $0.guarantee == guarantee }
            let cells = [verdict.checks[guarantee] ?? 0, count].map { pad(String($0), 10) }
            lines.append("\(cells[0]) checked \(cells[1]) broken   \(guarantee.title)")
        }
        lines.append("")
        lines.append(settledAfter.map { "settled after \($0.inSeconds)" } ?? "did not settle in time")
        if !record.losses.isEmpty {
            lines.append(
                "\(record.losses.count) times older data was put back; \(verdict.lostByRestore) acknowledged messages "
                    + "went with it, and every client that had seen one of them was to be reset")
        }
        for server in record.servers where server.startMemory > 0 {
            let starts = server.starts.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }
            lines.append(
                "\(server.name): \(server.startMemory >> 20) MB at its start, \(server.mostMemory >> 20) MB at most"
                    + starts.map { ", started \($0.value) times from \($0.key)" }.joined())
        }
        lines.append(contentsOf: verdict.violations.isEmpty ? ["every promise was kept"] : words(verdict, record, seed))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The first violation in full, and the others of its kind and of other kinds in a line each.
    private static func words(_ verdict: Verdict, _ record: RunRecord, _ seed: UInt64) -> [String] {
        guard let first = verdict.violations.first else { return [] }
        var lines = [
            "", "\(verdict.violations.count) VIOLATIONS (seed \(seed)). The first:",
            "  promise \(first.guarantee.rawValue): \(first.guarantee.title)",
            "  \(first.at?.inSeconds ?? "at the end"): \(first.summary)",
        ]
        lines += first.evidence.map { "    \($0)" }
        let witnesses = Witnesses(record: record)
        for id in first.messages.prefix(2) { lines += witnesses.words(on: id).map { "    \($0)" } }
        let before = record.faults.filter { fault in first.at.map { fault.at <= $0 } ?? true }.suffix(6)
        lines += ["  the last faults before it:"] + before.map { "    \($0)" }
        lines += ["", "the first of each promise:"]
        for guarantee in Guarantee.allCases {
            guard let one = verdict.violations.first(where: { $0.guarantee == guarantee }) else { continue }
            lines.append("  \(guarantee.rawValue). \(one.at?.inSeconds ?? "at the end"): \(one.summary)")
            lines += one.evidence.prefix(10).map { "       \($0)" }
        }
        return lines
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
