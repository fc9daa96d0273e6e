/// Payloads: each follows what is known, repeats it, or must be explained by a reading.
extension RoomReplica {
    mutating func receive(_ payload: RoomPayload) -> [Output] {
        var outputs: [Output] = []
        switch phase {
        case .detached: break
        case .reading: held.append(payload, readNumber: readNumber)
        case .live:
            if !apply(payload, &outputs) {
                // Held under the number before: the reading that starts now must explain it.
                held.append(payload, readNumber: readNumber)
                outputs.append(startReading(.after(delivered)))
            }
        }
        return outputs
    }

    /// What has waited for a reading is shown after it.
    mutating func goLive(_ outputs: inout [Output]) {
        phase = .live
        let (waiting, mustReadAgain) = held.takeAll()
        for (index, entry) in waiting.enumerated() where !apply(entry.payload, &outputs) {
            if entry.readNumber < readNumber {
                // It came before the reading began, which knows nothing of it: nobody of ours published it.
                outputs.append(.junk)
                continue
            }
            for later in waiting[index...] { held.append(later.payload, readNumber: readNumber) }
            outputs.append(startReading(.after(delivered)))
            return
        }
        if mustReadAgain { outputs.append(startReading(.after(delivered))) }
    }

    /// False when the payload doesn't follow what is known.
    private mutating func apply(_ payload: RoomPayload, _ outputs: inout [Output]) -> Bool {
        switch payload.event {
        case .typing(let socket):
            showTyping(socket, &outputs)
            return true
        case .unknown(nil):
            outputs.append(.unknown)
            return true
        default: break
        }
        guard payload.epoch == epoch else { return passesOver(false) }
        switch payload.event {
        case .message(let message):
            if message.seq <= delivered { return repeats(message) }
            guard message.seq == delivered + 1 || passesOver(false) else { return false }
            deliver(message, &outputs)
        case .memberAdd(let member, let rev), .memberUpdate(let member, let rev):
            guard let isNew = follows(rev) else { return false }
            if isNew { take(member, isAdded: payload.isAdding, &outputs) }
        case .memberDelete(let socket, let rev):
            guard let isNew = follows(rev) else { return false }
            if isNew { remove(socket, &outputs) }
        case .moved(let socket, _, let generation, let rev):
            guard let isNew = follows(rev) else { return false }
            if isNew {
                withheld.remove(socket)
                outputs.append(.moved(socket: socket, generation: generation))
            }
        case .unknown(.entry(let entry)):
            if entry.seq <= delivered { return repeats(entry) }
            guard entry.seq == delivered + 1 || passesOver(false) else { return false }
            passOver(entry)
            outputs.append(.unknown)
        case .unknown(.rev(let rev)):
            guard let isNew = follows(rev) else { return false }
            if isNew { outputs.append(.unknown) }
        case .typing, .unknown(nil): break
        }
        return true
    }

    /// A message with a number that has been shown: a late copy of what a reading has brought, or another message, after
    /// the store's data were put back. False: that must be looked into.
    private mutating func repeats(_ message: StoredMessage) -> Bool {
        if let shown = shown(message.seq) { return shown.json == message.json || passesOver(false) }
        if !watch.mayBeLate(seq: message.seq) { watch.doubt() }
        return true
    }

    private mutating func take(_ member: Member, isAdded: Bool, _ outputs: inout [Output]) {
        let shown = roster[member.socket]
        withheld.remove(member.socket)
        if shown != member { roster[member.socket] = member }
        if !isAdded {
            say(.renamed(member, rev: rev), &outputs)
        } else if shown == nil {
            say(.joined(member, rev: rev), &outputs)
        } else if shown != member {
            // Put back after a loss that nobody here was told of.
            say(.renamed(member, rev: rev), &outputs)
        }
        guard let awaited = awaited[member.socket] else { return }
        self.awaited[member.socket] = nil
        share(awaited)
        if let view { outputs.append(.joined(socket: member.socket, view)) }
    }

    private mutating func remove(_ socket: String, _ outputs: inout [Output]) {
        if residents[socket] != nil, roster[socket] != nil {
            // Swept, and its connection is here: it is put back, and nobody here sees it go.
            withheld.insert(socket)
            outputs.append(.removed(socket: socket))
        } else {
            roster[socket] = nil
            say(.left(socket: socket, rev: rev), &outputs)
        }
    }

    /// It has no number, so there is nothing it could be ahead of: a writer that has not heard of a new epoch yet, or
    /// joined in the one before, must not make every server read the store.
    private func showTyping(_ socket: String, _ outputs: inout [Output]) {
        if epoch != nil, roster[socket] != nil { say(.typing(socket: socket), &outputs) }
    }

    /// True: the next change of the roster, now counted. False: one already known. nil: one too far ahead.
    private mutating func follows(_ rev: Int) -> Bool? {
        if rev <= self.rev {
            if !watch.mayBeLate(rev: rev) { watch.doubt() }
            return false
        }
        guard rev == self.rev + 1 || passesOver(false) else { return nil }
        self.rev = rev
        return true
    }
}

extension RoomPayload {
    fileprivate var isAdding: Bool { if case .memberAdd = event { true } else { false } }
}
