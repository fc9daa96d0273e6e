import Rooms

/// What a session is sent when it is brought a step forward: as it joins, comes back, has been too slow, or when the log
/// has become another one. Pure.
struct PageFrames {
    struct Frame: Equatable {
        let json: [UInt8]
        /// See `WebSocketSession.dropsMarked`: the message's number, or `.max` for what has none; 0 must not be dropped.
        var mark = 0
        /// The number of the first message in a frame that must not be dropped.
        var first: Int?
    }

    /// A part of a page: what is made for one session, or what is the same for all who stand where it does.
    enum Piece {
        case own(Frame)
        case roster
        case log(isHistory: Bool)
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
        pieces(page, of: view, for: ticket, stage, own: own).flatMap { piece in
            switch piece {
            case .own(let frame): [frame]
            case .roster: roster(view)
            case .log(let isHistory): log(page, view, isHistory: isHistory)
            }
        }
    }

    func pieces(
        _ page: CatchUpPage, of view: RoomView, for ticket: JoinTicket, _ stage: CatchUpStage, own: Member?
    ) -> [Piece] {
        let own = view.roster[ticket.socket] ?? own
        let isOpening = stage == .opening
        var pieces: [Piece] = []
        if isOpening, let own { pieces.append(.own(Frame(json: welcome(own, ticket, view)))) }
        if page.isReset { pieces.append(.own(Frame(json: TopicJSON.reset(epoch: view.epoch)))) }
        if isOpening { pieces += roster(view, for: ticket) }
        pieces.append(.log(isHistory: isOpening || page.isReset))
        // Until everything has been shown, changes of the roster pass the session by.
        if page.isLast, !isOpening { pieces += roster(view, for: ticket) }
        if page.isLast, stage != .healing, let own {
            // This ends the join.
            let json = StoreFormat.memberAdd(StoreFormat.member(own), epoch: view.epoch, rev: view.rev)
            pieces.append(.own(Frame(json: json)))
        }
        return pieces
    }

    // MARK: The log

    func log(_ page: CatchUpPage, _ view: RoomView, isHistory: Bool) -> [Frame] {
        isHistory ? history(page, view) : messages(page.items[...], view)
    }

    /// One history of a page's size, up to the first gap, then single messages: whatever a client has been shown when its
    /// link is lost, nothing before it is missing.
    ///
    /// The history itself is not dropped: there is one where one has been announced. It has a quarter of the outbound
    /// budget at most, and nothing waits when it is asked for.
    private func history(_ page: CatchUpPage, _ view: RoomView) -> [Frame] {
        let start = page.items.firstIndex { if case .message = $0 { true } else { false } } ?? page.items.endIndex
        var size = 0
        var history: [StoredMessage] = []
        for item in page.items[start...] {
            guard case .message(let message) = item else { break }
            size += message.json.count + 1
            if size > pageBytes, !history.isEmpty { break }
            history.append(message)
        }
        let json = TopicJSON.messageHistory(history, epoch: view.epoch)
        return messages(page.items[..<start], view) + [Frame(json: json, mark: 0, first: history.first?.seq ?? .max)]
            + messages(page.items[(start + history.count)...], view)
    }

    private func messages(_ items: ArraySlice<CatchUpPage.Item>, _ view: RoomView) -> [Frame] {
        items.map { item in
            switch item {
            case .message(let message):
                Frame(json: StoreFormat.message(message.json, epoch: view.epoch), mark: message.seq)
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
    private func roster(_ view: RoomView, for ticket: JoinTicket) -> [Piece] {
        guard view.roster.count > rosterLimit else { return [.roster] }
        let own = view.roster[ticket.socket].map { [(socket: ticket.socket, json: StoreFormat.member($0))] } ?? []
        let json = TopicJSON.memberHistory(own, epoch: view.epoch, rev: view.rev)
        return [.own(Frame(json: json, mark: .max)), .roster]
    }

    /// For everybody.
    func roster(_ view: RoomView) -> [Frame] {
        if view.roster.count > rosterLimit {
            return [Frame(json: TopicJSON.memberCount(view.roster.count, epoch: view.epoch), mark: .max)]
        }
        let members = view.roster.map { (socket: $0.socket, json: StoreFormat.member($0)) }
        return [Frame(json: TopicJSON.memberHistory(members, epoch: view.epoch, rev: view.rev), mark: .max)]
    }
}
