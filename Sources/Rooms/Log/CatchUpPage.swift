/// What brings somebody a step forward in the log: messages, and the gaps between them.
package struct CatchUpPage: Equatable, Sendable {
    package enum Item: Equatable, Sendable {
        case message(StoredMessage)
        /// Numbers that the store doesn't have, both ends included.
        case gap(from: Int, through: Int)
    }

    /// What was seen before belongs to another history: this page begins a new one.
    package var isReset = false
    package var items: [Item] = []
    /// What has been seen after this page.
    package var position: RoomPosition
    /// Nothing is missing after this page.
    package var isLast: Bool

    var messages: [StoredMessage] {
        items.compactMap { item in
            if case .message(let message) = item { message } else { nil }
        }
    }
}

extension RoomView {
    /// How to go on after a position.
    package enum Step: Equatable {
        case page(CatchUpPage)
        /// With what the store has after this number; then `page(from:after:bytes:)`.
        case read(after: Int)
    }

    /// - Parameters:
    ///   - position: what has been seen; nil for the newest messages.
    ///   - history: how many of these there are.
    ///   - bytes: the largest page.
    func step(after position: RoomPosition?, history: Int, bytes: Int) -> Step {
        guard let position else { return .page(beginning(history: history, bytes: bytes)) }
        switch continuation(after: position) {
        case .messages(let messages):
            return .page(page(of: messages[...], after: position.seq, bytes: bytes))
        case .read(let seq):
            return .read(after: seq)
        case .reset:
            var page = beginning(history: history, bytes: bytes)
            page.isReset = true
            return .page(page)
        }
    }

    /// The newest messages. Where the store has lost them all, that is said, and not taken for an empty room.
    private func beginning(history: Int, bytes: Int) -> CatchUpPage {
        let isLost = ring.isEmpty && seq > 0 && history > 0
        return page(of: ring.suffix(history), after: isLost ? 0 : nil, bytes: bytes)
    }

    /// The page that a reading of the store makes; nil when the reading belongs to another history than this view.
    func page(from reading: RoomReading, after seq: Int, bytes: Int) -> CatchUpPage? {
        guard reading.epoch == epoch else { return nil }
        // What the replica hasn't delivered yet comes with the room, not with the page.
        var messages = reading.messages.filter { $0.seq > seq && $0.seq <= self.seq }
        let end = messages.last?.seq ?? seq
        if reading.isPartial, end < self.seq {
            return page(of: messages[...], after: seq, through: end, bytes: bytes)
        }
        // The room was faster than the reading: what lies between the two is read next, and is no gap.
        if reading.seq < self.seq, ring.first?.seq ?? .max > reading.seq + 1 {
            return page(of: messages[...], after: seq, through: reading.seq, bytes: bytes)
        }
        messages += ring.filter { $0.seq > end }
        return page(of: messages[...], after: seq, bytes: bytes)
    }

    /// - Parameters:
    ///   - last: the last number seen; nil where the messages are a beginning.
    ///   - end: up to where the messages are all there is; nil: up to now.
    private func page(
        of messages: ArraySlice<StoredMessage>, after last: Int?, through end: Int? = nil, bytes: Int
    ) -> CatchUpPage {
        let end = end ?? seq
        var seen = last ?? messages.first.map { $0.seq - 1 } ?? end
        var page = CatchUpPage(position: RoomPosition(epoch: epoch, seq: seen), isLast: false)
        func passOver(upTo next: Int) {
            if next > seen { page.items.append(.gap(from: seen + 1, through: next)) }
            seen = max(seen, next)
        }
        var size = 0
        for message in messages {
            size += message.json.count + 64
            // One message is always taken, however large.
            if size > bytes, page.items.contains(where: { if case .message = $0 { true } else { false } }) {
                page.position.seq = seen
                return page
            }
            passOver(upTo: message.seq - 1)
            if message.isKnown { page.items.append(.message(message)) }
            seen = message.seq
        }
        passOver(upTo: end)
        page.position.seq = seen
        page.isLast = seen >= seq
        return page
    }
}
