import Transport
import WebSocket

/// Joining, coming back, having been slow: each is a position in the log, brought up to date page by page.
extension RoomHub {
    /// A session asks for its next page.
    func catchUp(_ catchUp: CatchUp, on loop: isolated EventLoop) {
        guard let room = rooms[catchUp.ticket.room] else { return }
        guard room.replica.isLive, let view = room.replica.view else { return room.catchUps.append(catchUp) }
        serve(catchUp, from: view, in: room, on: loop)
    }

    func serve(_ catchUp: CatchUp, from view: RoomView, in room: OpenRoom, on loop: isolated EventLoop) {
        guard let position = catchUp.position else {
            return send(view.ring.suffix(options.history), to: catchUp, from: nil, view, in: room, on: loop)
        }
        switch view.continuation(after: position) {
        case .messages(let messages):
            send(messages[...], to: catchUp, from: position.seq, view, in: room, on: loop)
        case .reset:
            let afresh = CatchUp(ticket: catchUp.ticket, stage: catchUp.stage, position: nil)
            let newest = view.ring.suffix(options.history)
            send(newest, to: afresh, from: nil, view, isReset: true, in: room, on: loop)
        case .read(let seq):
            readPage(after: seq, for: catchUp, in: room, on: loop)
        }
    }

    /// What many are missing is read once.
    private func readPage(after seq: Int, for catchUp: CatchUp, in room: OpenRoom, on loop: isolated EventLoop) {
        if room.pageReaders[seq] != nil {
            room.pageReaders[seq]?.append(catchUp)
            return
        }
        room.pageReaders[seq] = [catchUp]
        Task {
            let result: Result<RoomReading, StoreError>
            do throws(StoreError) {
                result = .success(try await store.read(.after(seq), of: room.name, on: loop))
            } catch {
                result = .failure(error)
            }
            let waiting = room.pageReaders.removeValue(forKey: seq) ?? []
            guard rooms[room.name] === room else { return }
            switch result {
            case .success(let reading):
                for waiter in waiting { send(reading, after: seq, to: waiter, in: room, on: loop) }
            case .failure(let error):
                Log.warning("room \(room.name) could not be read: \(error)")
                try? await Task.sleep(for: .milliseconds(200))
                for waiter in waiting { self.catchUp(waiter, on: loop) }
            }
        }
    }

    private func send(
        _ reading: RoomReading, after seq: Int, to catchUp: CatchUp, in room: OpenRoom, on loop: isolated EventLoop
    ) {
        // The epoch has changed meanwhile, or the link is down: whether the position still means anything is for
        // the replica to say.
        guard room.replica.isLive, let view = room.replica.view, view.epoch == reading.epoch else {
            return self.catchUp(catchUp, on: loop)
        }
        // What the replica hasn't delivered yet comes with the room.
        var messages = reading.messages.filter { $0.seq <= view.seq }
        let end = messages.last?.seq ?? seq
        if !reading.isPartial || end >= view.seq {
            if case .messages(let rest) = view.continuation(after: RoomPosition(epoch: view.epoch, seq: end)) {
                messages += rest
            }
        } else {
            let cut = view.with(seq: end)
            return send(messages[...], to: catchUp, from: seq, cut, hasMore: true, in: room, on: loop)
        }
        send(messages[...], to: catchUp, from: seq, view, in: room, on: loop)
    }

    /// - Parameters:
    ///   - seq: the last number the session has seen; nil: it begins with these messages.
    ///   - view: the room as it is after all of them.
    ///   - hasMore: `view` is cut short: there is more to come.
    private func send(
        _ messages: ArraySlice<StoredMessage>, to catchUp: CatchUp, from seq: Int?, _ view: RoomView,
        isReset: Bool = false, hasMore: Bool = false, in room: OpenRoom, on loop: isolated EventLoop
    ) {
        var size = 0
        let page = messages.prefix { message in
            size += message.json.count + 64
            return size <= options.pageBytes
        }
        // One message is always sent, however large.
        let sent = page.isEmpty ? messages.prefix(1) : page
        let isLast = sent.count == messages.count && !hasMore
        let end = isLast || sent.isEmpty ? view.seq : sent[sent.endIndex - 1].seq
        var frames: [SharedFrame] = []
        let isOpening = catchUp.stage == .opening
        if isOpening, let member = view.roster[catchUp.ticket.socket] {
            frames.append(SharedFrame.text(welcome(member, catchUp.ticket, view)))
        }
        if isReset { frames.append(SharedFrame.text(TopicJSON.reset(epoch: view.epoch))) }
        if isOpening || isLast { frames += rosterFrames(view, for: catchUp.ticket) }
        frames += messageFrames(sent, from: seq, through: end, view, asHistory: isOpening || isReset)
        if isLast, catchUp.stage != .healing, let member = view.roster[catchUp.ticket.socket] {
            frames.append(
                SharedFrame.text(TopicJSON.memberAdd(TopicJSON.member(member), epoch: view.epoch, rev: view.rev)))
        }
        let page2 = Page(
            ticket: catchUp.ticket, frames: frames, position: RoomPosition(epoch: view.epoch, seq: end), isLive: isLast)
        deliver(.page(page2), toLoop: catchUp.ticket.session.loop, on: loop)
    }

    /// The messages, with a gap wherever numbers are missing.
    private func messageFrames(
        _ messages: ArraySlice<StoredMessage>, from seq: Int?, through end: Int, _ view: RoomView, asHistory: Bool
    ) -> [SharedFrame] {
        var frames: [SharedFrame] = []
        var last = seq ?? messages.first.map { $0.seq - 1 } ?? end
        func gap(through next: Int) {
            guard next > last else { return }
            let json = TopicJSON.gap(from: last + 1, through: next, epoch: view.epoch)
            frames.append(SharedFrame.text(json, mark: last + 1))
            last = next
        }
        if asHistory {
            // Gaps first: the history is one message, and each is placed by its number.
            for message in messages {
                gap(through: message.seq - 1)
                last = message.seq
            }
            gap(through: end)
            let json = TopicJSON.messageHistory(messages, epoch: view.epoch)
            frames.append(SharedFrame.text(json, mark: messages.first?.seq ?? .max))
            return frames
        }
        for message in messages {
            gap(through: message.seq - 1)
            frames.append(SharedFrame.text(TopicJSON.message(message.json, epoch: view.epoch), mark: message.seq))
            last = message.seq
        }
        gap(through: end)
        return frames
    }

    private func welcome(_ member: Member, _ ticket: JoinTicket, _ view: RoomView) -> [UInt8] {
        TopicJSON.welcome(
            member, token: ticket.token, room: ticket.room, epoch: view.epoch, seq: view.seq, server: serverName,
            limits: options.limits)
    }

    // MARK: The roster

    /// Above the limit a joiner is shown itself and the number of all.
    private func rosterFrames(_ view: RoomView, for ticket: JoinTicket) -> [SharedFrame] {
        guard view.roster.count > options.rosterLimit else { return [SharedFrame.text(rosterEvent(view), mark: .max)] }
        let own = view.roster[ticket.socket].map { [(socket: ticket.socket, json: TopicJSON.member($0))] } ?? []
        return [
            SharedFrame.text(TopicJSON.memberHistory(own, epoch: view.epoch, rev: view.rev), mark: .max),
            SharedFrame.text(TopicJSON.memberCount(view.roster.count, epoch: view.epoch), mark: .max),
        ]
    }

    func rosterEvent(_ view: RoomView) -> [UInt8] {
        if view.roster.count > options.rosterLimit {
            return TopicJSON.memberCount(view.roster.count, epoch: view.epoch)
        }
        let members = view.roster.map { (socket: $0.key, json: TopicJSON.member($0.value)) }
        return TopicJSON.memberHistory(members, epoch: view.epoch, rev: view.rev)
    }

    /// Whether the room is so full that single members aren't told; on the way down everybody gets the roster anew.
    func tellsCountOnly(_ room: OpenRoom, on loop: isolated EventLoop) -> Bool {
        guard let view = room.replica.view else { return false }
        let isFull = view.roster.count > options.rosterLimit
        if room.tellsCountOnly, !isFull {
            let position = RoomPosition(epoch: view.epoch, seq: view.seq)
            broadcast(rosterEvent(view), mark: .max, position, in: room, on: loop)
            room.isCountDue = false
        }
        room.tellsCountOnly = isFull
        return isFull
    }
}

extension RoomView {
    /// The same, as of an earlier number.
    func with(seq: Int) -> RoomView {
        RoomView(
            epoch: epoch, previousEpoch: previousEpoch, base: base, seq: seq, rev: rev, roster: roster, ring: ring)
    }
}
