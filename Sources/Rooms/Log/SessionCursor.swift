/// Why somebody is brought up to date.
package enum CatchUpStage: Sendable {
    /// It has just come in: welcome, roster and a history come first.
    case opening
    /// It has been welcomed, and its join hasn't ended.
    case joining
    /// It was too slow.
    case healing
}

/// How far one session has come in its room's log. Pure.
///
/// It gets what the room gets while it is live. Otherwise it has a position, and is brought forward page by page, each
/// asked for when all that waited has been written.
package struct SessionCursor: Equatable, Sendable {
    private enum State: Equatable {
        /// Its opening hasn't come.
        case waiting
        case live
        indirect case behind(RoomPosition)
        /// The next page has been asked for.
        case asking
    }

    private enum SentPage: Equatable {
        case none
        indirect case upTo(RoomPosition)
    }

    /// So many pages in a row that don't fit into the outbound budget are too many.
    private static let fruitlessLimit = 3

    private var state = State.waiting
    /// What is being sent.
    private var page = SentPage.none
    package private(set) var stage = CatchUpStage.opening
    private var fruitlessPages: UInt8 = 0
    /// A part of the page that is being sent was dropped.
    private var isCut = false

    package init() {}

    package var isLive: Bool { state == .live }
    /// The join has ended once it has been live.
    package var hasJoined: Bool { stage == .healing }
    /// It never fits: its budget is too small for the room.
    package var isHopeless: Bool { fruitlessPages > Self.fruitlessLimit }

    /// A page is about to be sent; what doesn't fit is reported by `overflowed` before `settled`.
    package mutating func take(_ position: RoomPosition, isLast: Bool) {
        state = isLast ? .live : .behind(position)
        (page, isCut) = (.upTo(position), false)
        if stage == .opening { stage = .joining }
    }

    /// Whether the page's next frame is sent. Once one was dropped none is: a later message before an earlier one would
    /// be taken for all there is.
    /// - Parameter mark: the number of its first message; 0 or `.max` for what has none.
    package mutating func admits(mark: Int) -> Bool {
        guard isCut else { return true }
        if case .behind(var position) = state, mark != 0, mark != .max {
            position.seq = min(position.seq, mark - 1)
            state = .behind(position)
        }
        return false
    }

    /// The page has been sent, all or in part. True: it is live from here on.
    package mutating func settled() -> Bool {
        page = .none
        guard isLive else { return false }
        stage = .healing
        fruitlessPages = 0
        return true
    }

    /// Frames that waited were dropped.
    /// - Parameters:
    ///   - lowest: the lowest message number among them; `.max` when there was none.
    ///   - room: how far the room had come.
    package mutating func overflowed(lowest: Int, room: RoomPosition) {
        var position = room
        if case .behind(let reached) = state { position = reached }
        if case .upTo(let end) = page { (position, isCut) = (end, true) }
        if lowest != .max { position.seq = min(position.seq, lowest - 1) }
        state = .behind(position)
        if !isHopeless { fruitlessPages += 1 }
    }

    /// It has been shown everything up to this position, and what comes next doesn't follow it.
    package mutating func logEnded(at position: RoomPosition) {
        if isLive { state = .behind(position) }
    }

    /// All that waited has been written: the position to go on from, if a page is missing.
    package mutating func drained() -> RoomPosition? {
        guard case .behind(let position) = state else { return nil }
        state = .asking
        return position
    }
}
