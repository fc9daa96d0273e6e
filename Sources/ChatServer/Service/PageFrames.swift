/// What a session is sent when it is brought a step forward. Pure.
struct PageFrames {
    struct Frame: Equatable {
        let json: [UInt8]
        /// See `WebSocketSession.dropsMarked`: the message's number, or `.max` for what has none; 0 must not be dropped.
        var mark = 0
    }

    let server: String
    let limits: ClientLimits
    /// Bytes in one step.
    let pageBytes: Int
    /// Members above which only their number is told.
    let rosterLimit: Int

    /// - Parameter own: the member itself, should the roster lack it for the moment: it is welcomed all the same.
    func frames(
        _ page: CatchUpPage, of view: RoomView, for ticket: JoinTicket, _ stage: CatchUpStage, own: Member?
    ) -> [Frame] {
        let own = view.roster[ticket.socket] ?? own
        let isOpening = stage == .opening
        var frames: [Frame] = []
        if isOpening, let own { frames.append(Frame(json: welcome(own, ticket, view))) }
        if page.isReset { frames.append(Frame(json: TopicJSON.reset(epoch: view.epoch))) }
        // Shown at the end as well: until then changes of the roster pass the session by.
        if isOpening || page.isLast { frames += roster(view, for: ticket) }
        frames += isOpening || page.isReset ? history(page, view) : messages(page.items[...], view)
        if page.isLast, stage != .healing, let own {
            // This ends the join.
            frames.append(
                Frame(json: TopicJSON.memberAdd(TopicJSON.member(own), epoch: view.epoch, rev: view.rev)))
        }
        return frames
    }

    /// One history of a page's size, up to the first gap, then single messages: whatever a client has been shown when its
    /// link is lost, nothing before it is missing.
    private func history(_ page: CatchUpPage, _ view: RoomView) -> [Frame] {
        let start = page.items.firstIndex { if case .message = $0 { true } else { false } } ?? page.items.endIndex
        var size = 0
        var history: [StoredMessage] = []
        for item in page.items[start...] {
            guard case .message(let message) = item else { break }
            size += message.json.count + 1
            if size > pageBytes { break }
            history.append(message)
        }
        let json = TopicJSON.messageHistory(history, epoch: view.epoch)
        return messages(page.items[..<start], view) + [Frame(json: json, mark: history.first?.seq ?? .max)]
            + messages(page.items[(start + history.count)...], view)
    }

    private func messages(_ items: ArraySlice<CatchUpPage.Item>, _ view: RoomView) -> [Frame] {
        items.map { item in
            switch item {
            case .message(let message):
                Frame(json: TopicJSON.message(message.json, epoch: view.epoch), mark: message.seq)
            case .gap(let first, let last):
                Frame(json: TopicJSON.gap(from: first, through: last, epoch: view.epoch), mark: first)
            }
        }
    }

    private func welcome(_ member: Member, _ ticket: JoinTicket, _ view: RoomView) -> [UInt8] {
        TopicJSON.welcome(
            member, token: ticket.token, room: ticket.room, epoch: view.epoch, seq: view.seq, server: server,
            limits: limits)
    }

    // MARK: The roster

    /// Above the limit a joiner is shown itself and the number of all.
    private func roster(_ view: RoomView, for ticket: JoinTicket) -> [Frame] {
        guard view.roster.count > rosterLimit else { return [Frame(json: roster(view), mark: .max)] }
        let own = view.roster[ticket.socket].map { [(socket: ticket.socket, json: TopicJSON.member($0))] } ?? []
        return [
            Frame(json: TopicJSON.memberHistory(own, epoch: view.epoch, rev: view.rev), mark: .max),
            Frame(json: TopicJSON.memberCount(view.roster.count, epoch: view.epoch), mark: .max),
        ]
    }

    /// For everybody.
    func roster(_ view: RoomView) -> [UInt8] {
        if view.roster.count > rosterLimit { return TopicJSON.memberCount(view.roster.count, epoch: view.epoch) }
        let members = view.roster.map { (socket: $0.socket, json: TopicJSON.member($0)) }
        return TopicJSON.memberHistory(members, epoch: view.epoch, rev: view.rev)
    }
}
