import Transport

/// How far a run has come: one line that renews itself on a terminal, one every ten seconds elsewhere.
final class Progress {
    struct State {
        let time: Duration
        let faults: Int
        let ofFaults: Int
        var lastFault = ""
        var joined = 0
        var clients = 0
        var sent = 0
        var acknowledged = 0
        var failed = 0
        var delivered = 0
        var connections = 0
        var gaps = 0
        var resets = 0

        mutating func add(_ model: ClientModel, connections count: Int) {
            clients += 1
            joined += model.isJoined ? 1 : 0
            sent += model.record.sends.count
            acknowledged += model.acknowledged
            failed += model.record.failures
            delivered += model.delivered
            connections += count
            gaps += model.gaps
            resets += model.resets
        }
    }

    private static let columns = [
        "time", "faults", "clients", "sent", "acked", "failed", "delivered", "connects", "gaps", "resets",
    ]
    private let isTerminal = System.isTerminal(1)
    private var turn = 0

    func show(_ state: State) {
        defer { turn += 1 }
        if turn == 0 { write(Self.line(Self.columns) + "  last fault\n") }
        if isTerminal { return write("\r\u{1B}[K" + String(text(state).prefix(118))) }
        if turn % 10 == 0 { write(text(state) + "\n") }
    }

    func end(_ state: State) { write((isTerminal ? "\r\u{1B}[K" : "") + text(state) + "\n") }

    private func text(_ state: State) -> String {
        let time = String(state.time.inSeconds.dropLast(3)) + "s"
        let numbers = [state.sent, state.acknowledged, state.failed, state.delivered, state.connections, state.gaps]
        let cells =
            [time, "\(state.faults)/\(state.ofFaults)", "\(state.joined)/\(state.clients)"]
            + (numbers + [state.resets]).map(String.init)
        return Self.line(cells) + "  " + state.lastFault
    }

    private static func line(_ cells: [String]) -> String {
        cells.map { cell in String(repeating: " ", count: max(0, 9 - cell.count)) + cell }.joined(separator: " ")
    }

    private func write(_ text: String) { System.writeStandard(1, Array(text.utf8)) }
}
