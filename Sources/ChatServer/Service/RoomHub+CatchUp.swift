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
        switch view.step(after: catchUp.position, history: options.history, bytes: options.pageBytes) {
        case .page(let page): send(page, of: view, to: catchUp, on: loop)
        case .read(let seq): readPage(after: seq, for: catchUp, in: room, on: loop)
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
            if case .failure(let error) = result {
                Log.warning("room \(room.name) could not be read: \(error)")
                try? await Task.sleep(for: .milliseconds(200))
            }
            for waiter in waiting {
                // The epoch has changed meanwhile, or the link is down: whether the position still means anything is
                // for the replica to say.
                guard case .success(let reading) = result, room.replica.isLive, let view = room.replica.view,
                    let page = view.page(from: reading, after: seq, bytes: options.pageBytes)
                else {
                    self.catchUp(waiter, on: loop)
                    continue
                }
                send(page, of: view, to: waiter, on: loop)
            }
        }
    }

    // MARK: Frames

    private func send(_ page: CatchUpPage, of view: RoomView, to catchUp: CatchUp, on loop: isolated EventLoop) {
        let ticket = catchUp.ticket
        let own = view.roster[ticket.socket]
        let isOpening = catchUp.stage == .opening
        var frames: [SharedFrame] = []
        if isOpening, let own { frames.append(SharedFrame.text(welcome(own, ticket, view))) }
        if page.isReset { frames.append(SharedFrame.text(TopicJSON.reset(epoch: view.epoch))) }
        // Shown at the end as well: until then changes of the roster pass the session by.
        if isOpening || page.isLast { frames += rosterFrames(view, for: ticket) }
        frames += isOpening || page.isReset ? historyFrames(page, view) : messageFrames(page.items[...], view)
        if page.isLast, catchUp.stage != .healing, let own {
            // This ends the join.
            let json = TopicJSON.memberAdd(TopicJSON.member(own), epoch: view.epoch, rev: view.rev)
            frames.append(SharedFrame.text(json))
        }
        let delivery = Page(ticket: ticket, frames: frames, position: page.position, isLast: page.isLast)
        deliver(.page(delivery), toLoop: ticket.session.loop, on: loop)
    }

    /// One history of a page's size, then single messages.
    private func historyFrames(_ page: CatchUpPage, _ view: RoomView) -> [SharedFrame] {
        var size = 0
        let messages = page.messages
        let history = messages.prefix { message in
            size += message.json.count + 1
            return size <= options.pageBytes
        }
        // A history is one message, so the gaps inside it are told before it.
        let split = page.items.firstIndex { item in
            if case .message(let message) = item { message.seq > history.last?.seq ?? 0 } else { false }
        }
        let end = split ?? page.items.endIndex
        let gaps = page.items[..<end].filter { if case .gap = $0 { true } else { false } }
        let json = TopicJSON.messageHistory(history, epoch: view.epoch)
        return messageFrames(gaps[...], view) + [SharedFrame.text(json, mark: history.first?.seq ?? .max)]
            + messageFrames(page.items[end...], view)
    }

    private func messageFrames(_ items: ArraySlice<CatchUpPage.Item>, _ view: RoomView) -> [SharedFrame] {
        items.map { item in
            switch item {
            case .message(let message):
                SharedFrame.text(TopicJSON.message(message.json, epoch: view.epoch), mark: message.seq)
            case .gap(let first, let last):
                SharedFrame.text(TopicJSON.gap(from: first, through: last, epoch: view.epoch), mark: first)
            }
        }
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
