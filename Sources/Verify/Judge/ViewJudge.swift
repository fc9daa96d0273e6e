/// Judges what one client was shown: one continuous view, whatever happened to its connections.
struct ViewJudge {
    let record: RunRecord
    let client: ClientRecord
    /// All that anybody sent, by id.
    let sent: [String: SendRecord]

    private struct View {
        /// The last number shown; nil before the first history, and between a reset and what follows it.
        var shown: Int?
        var epoch: String?
        /// The welcome's number, where a room without messages begins.
        var start: Int?
        /// What is on the screen.
        var messages: [Int: SeenMessage] = [:]
        var numbers: [String: Int] = [:]
        var socket: String?
        /// The earliest time at which this identity can have been made.
        var identitySince = Duration.zero
        var connectedAt = Duration.zero
    }

    func judge(_ verdict: inout Verdict) {
        guard let room = record.rooms[client.room] else { return }
        var view = View()
        for (index, observation) in client.observations.enumerated() {
            take(observation, index, &view, room, &verdict)
        }
        judgeScreen(view, room, &verdict)
        judgeEnd(view, room, &verdict)
    }

    private func take(
        _ observation: Observation, _ index: Int, _ view: inout View, _ room: RoomTruth, _ verdict: inout Verdict
    ) {
        switch observation.what {
        case .opened:
            view.connectedAt = observation.at
        case .welcome(let socket, _, let seq):
            view.start = seq
            judgeIdentity(socket, observation, index, &view, &verdict)
        case .history(let epoch, let messages):
            for message in messages { show(message, epoch, observation, index, &view, room, &verdict) }
            if view.shown == nil { view.shown = view.start }
            view.epoch = epoch
        case .message(let epoch, let message):
            show(message, epoch, observation, index, &view, room, &verdict)
        case .gap(let epoch, let from, let to):
            takeGap(from, to, observation, index, &view, room, &verdict)
            view.epoch = epoch
        case .reset(let epoch):
            judgeReset(epoch, observation, index, view, room, &verdict)
            (view.shown, view.epoch, view.messages, view.numbers) = (nil, epoch, [:], [:])
            view.start = nil
        case .roster(let epoch):
            goOn(to: epoch, observation, index, &view, room, &verdict)
        case .takenOver:
            verdict.violations.append(
                violation(.sameMember, "was closed with 4001, though nobody else held its token", observation, index))
        case .left:
            view = View()
        case .joined(let epoch):
            goOn(to: epoch, observation, index, &view, room, &verdict)
        case .lost:
            break
        }
    }

    // MARK: Messages

    private func show(
        _ message: SeenMessage, _ epoch: String, _ observation: Observation, _ index: Int, _ view: inout View,
        _ room: RoomTruth, _ verdict: inout Verdict
    ) {
        verdict.check(.once)
        verdict.check(.sent)
        goOn(to: epoch, observation, index, &view, room, &verdict)
        judgeOrigin(message, observation, index, &verdict)
        if let before = view.numbers[message.id] {
            verdict.violations.append(
                violation(
                    .once, "was shown \(message.id) twice: as \(before), and as \(message.seq)", observation, index))
        } else if let shown = view.shown, message.seq <= shown {
            verdict.violations.append(
                violation(.order, "was shown \(message.seq) (\(message.id)) after \(shown)", observation, index))
        } else if let shown = view.shown, message.seq > shown + 1, !room.hides((shown + 1)...(message.seq - 1)) {
            verdict.violations.append(lost((shown + 1)...(message.seq - 1), observation, index, room))
        }
        view.shown = max(view.shown ?? 0, message.seq)
        view.messages[message.seq] = message
        view.numbers[message.id] = message.seq
    }

    private func judgeOrigin(
        _ message: SeenMessage, _ observation: Observation, _ index: Int, _ verdict: inout Verdict
    ) {
        guard let send = sent[message.id] else {
            return verdict.violations.append(
                violation(.sent, "was shown \(message.id), which nobody sent", observation, index))
        }
        if send.socket != message.socket || !message.isIntact {
            let what = message.isIntact ? "as \(message.socket)'s, which \(send.socket) sent" : "with another text"
            verdict.violations.append(violation(.sent, "was shown \(message.id) \(what)", observation, index))
        }
    }

    private func lost(
        _ numbers: ClosedRange<Int>, _ observation: Observation?, _ index: Int, _ room: RoomTruth
    ) -> Violation {
        let known = numbers.compactMap { room.log[$0] }
        let acknowledged = known.filter { sent[$0.id]?.acks.isEmpty == false }
        let names = known.prefix(5).map { entry in
            let when = sent[entry.id]?.acks.first.map { ", acknowledged at \($0.at.inSeconds)" } ?? ""
            return "missing: \(entry.seq) \(entry.id) from \(entry.socket)\(when)"
        }
        var found = violation(
            .kept,
            "was never shown \(numbers.count) messages (\(numbers.lowerBound)…\(numbers.upperBound)), "
                + "\(acknowledged.count) of them acknowledged, without a gap", observation, index)
        found.evidence = names + found.evidence
        found.messages = known.map(\.id)
        return found
    }

    // MARK: Gap, reset, epoch

    private func takeGap(
        _ from: Int, _ to: Int, _ observation: Observation, _ index: Int, _ view: inout View, _ room: RoomTruth,
        _ verdict: inout Verdict
    ) {
        verdict.check(.honest)
        if let shown = view.shown {
            if from > shown + 1, !room.hides((shown + 1)...(from - 1)) {
                verdict.violations.append(lost((shown + 1)...(from - 1), observation, index, room))
            } else if from <= shown || to < from {
                verdict.violations.append(
                    violation(.honest, "was told of a gap \(from)…\(to) after it had seen \(shown)", observation, index)
                )
            }
        }
        let oldestKept = room.highestSeq(at: observation.at) - record.retention + 1
        if to >= oldestKept {
            verdict.violations.append(
                violation(
                    .honest, "was told of a gap \(from)…\(to), though history held \(max(from, oldestKept))…\(to)",
                    observation, index))
        }
        view.shown = max(view.shown ?? 0, to)
    }

    private func judgeReset(
        _ epoch: String, _ observation: Observation, _ index: Int, _ view: View, _ room: RoomTruth,
        _ verdict: inout Verdict
    ) {
        verdict.check(.honest)
        guard let shown = view.shown, let before = view.epoch else { return }
        let link = room.links[epoch]
        let isHealing = record.losses.contains {
            $0.stopped <= observation.at && observation.at <= $0.stopped + RoomTruth.healing
        }
        let goesOn = (epoch == before && !isHealing) || (link?.previous == before && shown <= link?.base ?? -1)
        if goesOn {
            verdict.violations.append(
                violation(
                    .honest,
                    "was reset at \(shown) of epoch \(before), though epoch \(epoch) goes on from "
                        + "\(link.map { String($0.base) } ?? "it")", observation, index))
        }
    }

    /// Shown something of another epoch without a reset: fine where that one goes on from here.
    private func goOn(
        to epoch: String, _ observation: Observation, _ index: Int, _ view: inout View, _ room: RoomTruth,
        _ verdict: inout Verdict
    ) {
        defer { view.epoch = epoch }
        guard let before = view.epoch, before != epoch, let shown = view.shown else { return }
        verdict.check(.honest)
        guard let base = room.commonBase(from: before, to: epoch), base < shown else { return }
        verdict.violations.append(
            violation(
                .honest, "went on silently at \(shown) from epoch \(before) to \(epoch), which goes back to \(base)",
                observation, index))
    }

    // MARK: Identity

    private func judgeIdentity(
        _ socket: String, _ observation: Observation, _ index: Int, _ view: inout View, _ verdict: inout Verdict
    ) {
        verdict.check(.sameMember)
        if socket == view.socket { return }
        if let before = view.socket, !record.losses.contains(where: { $0.mayHold(view.identitySince, observation.at) })
        {
            verdict.violations.append(
                violation(.sameMember, "came back as \(socket), and had been \(before)", observation, index))
        }
        (view.socket, view.identitySince) = (socket, view.connectedAt)
    }

    // MARK: The end

    /// What stands on the screen at the end must be what history says.
    private func judgeScreen(_ view: View, _ room: RoomTruth, _ verdict: inout Verdict) {
        verdict.check(.order, view.messages.count)
        for (seq, message) in view.messages.sorted(by: { $0.key < $1.key }) {
            let entry = room.log[seq]
            if entry?.id == message.id || (entry == nil && seq <= room.seq) { continue }
            let history = entry.map { "has \($0.id) there" } ?? "ends at \(room.seq)"
            verdict.violations.append(
                violation(
                    .order, "still shows \(message.id) as \(seq), and history \(history)", nil,
                    client.observations.count - 1))
            return
        }
    }

    private func judgeEnd(_ view: View, _ room: RoomTruth, _ verdict: inout Verdict) {
        let last = client.observations.count - 1
        verdict.check(.answered, client.sends.count + 1)
        verdict.check(.kept, room.seq)
        if !client.isJoined {
            return verdict.violations.append(violation(.answered, "was not back at the end", nil, last))
        }
        if let shown = view.shown, shown < room.seq, !room.hides((shown + 1)...room.seq) {
            verdict.violations.append(lost((shown + 1)...room.seq, nil, last, room))
        }
        if let send = client.sends.first(where: { $0.acks.isEmpty && !$0.isEchoed && !$0.isFailed }) {
            verdict.violations.append(
                violation(
                    .answered,
                    "never got an answer to \(send.id), first sent at \(send.sent.inSeconds), in all "
                        + "\(send.tries) times", nil, last))
        }
    }

    private func violation(
        _ guarantee: Guarantee, _ words: String, _ observation: Observation?, _ index: Int
    ) -> Violation {
        var messages: [String] = []
        if case .message(_, let message)? = observation?.what { messages = [message.id] }
        let (start, end) = (max(0, index - 7), min(client.observations.count, max(0, index + 3)))
        // How it came there: the last turns of its connections, among however many messages.
        let turns = client.observations[..<start].filter(\.what.isTurn).suffix(8)
        let evidence = (turns + client.observations[start..<end]).map { "\(client.name) saw: \($0)" }
        return Violation(
            guarantee: guarantee, at: observation?.at, summary: "\(client.name) in \(client.room) \(words)",
            evidence: evidence, messages: messages)
    }
}
