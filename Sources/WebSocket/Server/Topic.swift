import Transport

/// One topic's listeners on one loop, and what was published to it and hasn't reached all of them.
///
/// The listeners are served section by section, and the loop turns in between: a large audience holds up nobody else for
/// long, and whoever's turn comes late in a round gets what was said meanwhile as well.
final class Topic {
    /// What a large audience takes.
    final class Pace {
        var rest = DeliveryRest()
        /// How long the round under way has taken.
        var timeSpent: Duration = .zero
    }

    let name: String
    private let sectionSize: Int
    // Looked at for every delivery, and no change of them calls out: not checked for exclusive access.
    @exclusivity(unchecked) private(set) var listeners: [WebSocketSession] = []
    /// What `EventLoop.sendAtOnce` knows each of them by: here, so that a broadcast needn't fetch sessions from memory.
    @exclusivity(unchecked) private var tokens: [UInt64] = []
    private var waiting: [SharedFrame] = []
    private var waitingByteCount = 0
    /// The number of the first frame that waits: they are counted from the topic's beginning.
    private var firstWaiting = 0
    /// For each section the number of the first frame that it lacks,
    private var sections: [Int] = []
    /// and of each listener with whom it is another: it came later, was spoken to, or has moved.
    private var exceptions: [WebSocketSession.ID: Int] = [:]
    /// Whose turn is next in the round under way.
    private var nextSection: Int?
    /// While a listener is being served: its section, and the place in it whose turn is next.
    private var cursor: (section: Int, next: Int)?
    /// The number of the first frame that those from there on in the section lack.
    private var lackingBehindCursor = 0
    /// nil until the audience is one to rest for.
    var pace: Pace?
    /// Whether it is among those that are delivered when the tick ends.
    var isDue = false
    /// Whether somebody here listens, or has listened, to another topic as well.
    var isShared = false

    /// - Parameter sectionSize: so many are served at a time, a matter of half a millisecond.
    init(_ name: String, sectionSize: Int = 128) {
        self.name = name
        self.sectionSize = sectionSize
    }

    var hasWaiting: Bool { !waiting.isEmpty }
    var isInRound: Bool { nextSection != nil }
    var isDelivering: Bool { cursor != nil }
    private var end: Int { firstWaiting + waiting.count }

    func hears(_ session: WebSocketSession) -> Bool { session.listening[self] != nil }

    // MARK: Listeners

    func add(_ session: WebSocketSession) {
        let position = listeners.count
        session.listening[self] = position
        listeners.append(session)
        tokens.append(session.outputToken)
        if position / sectionSize == sections.count { sections.append(end) }
        expect(end, at: position)
    }

    /// False: it wasn't there.
    func remove(_ session: WebSocketSession) -> Bool {
        guard let position = session.listening[self] else { return false }
        session.listening[self] = nil
        exceptions[session.id] = nil
        let last = listeners.count - 1
        let lacking = last == position ? end : firstLacking(at: last)
        listeners.swapAt(position, last)
        listeners.removeLast()
        tokens.swapAt(position, last)
        tokens.removeLast()
        if last <= (sections.count - 1) * sectionSize { sections.removeLast() }
        // Whoever takes the place of the one being served is next, and may have had its share already.
        if let cursor, position == cursor.next - 1, position / sectionSize == cursor.section {
            self.cursor?.next = position
        }
        if position < last {
            listeners[position].listening[self] = position
            expect(lacking, at: position)
        }
        return true
    }

    private func firstLacking(at position: Int) -> Int {
        exceptions[listeners[position].id] ?? usuallyLacking(at: position)
    }

    private func usuallyLacking(at position: Int) -> Int {
        let section = position / sectionSize
        if let cursor, section == cursor.section, position >= cursor.next { return lackingBehindCursor }
        return sections[section]
    }

    /// Notes what a listener lacks, where it is not the usual.
    private func expect(_ number: Int, at position: Int) {
        let session = listeners[position]
        let isException = number != usuallyLacking(at: position)
        exceptions[session.id] = isException ? number : nil
        tokens[position] = isException ? .max : session.outputToken
    }

    // MARK: Delivering

    /// How many bytes wait in all.
    func append(_ frame: SharedFrame, on loop: isolated EventLoop) -> Int {
        waiting.append(frame)
        waitingByteCount += frame.byteCount
        pace?.rest.published(at: loop.now)
        return waitingByteCount
    }

    /// Sends one listener what waits for it, before all others.
    func deliver(to session: WebSocketSession, on loop: isolated EventLoop) {
        guard let position = session.listening[self] else { return }
        let frames = waiting[(firstLacking(at: position) - firstWaiting)...]
        expect(end, at: position)
        deliver(frames, to: session, on: loop)
    }

    /// Sends everybody what waits.
    func deliver(on loop: isolated EventLoop) {
        nextSection = nil
        while !deliverNextSection(atOnceUpTo: 0, on: loop) {}
    }

    /// Sends the next section what waits for it; true when that was the round's last.
    ///
    /// - Parameter limit: what is no longer than this is all that a listener gets in this tick, and is written at once
    ///   where nothing else waits for it.
    func deliverNextSection(atOnceUpTo limit: Int, on loop: isolated EventLoop) -> Bool {
        let section = nextSection ?? 0
        if section < sections.count { deliver(section, atOnceUpTo: limit, on: loop) }
        forgetDelivered()
        nextSection = section + 1 < sections.count ? section + 1 : nil
        return nextSection == nil
    }

    private func deliver(_ section: Int, atOnceUpTo limit: Int, on loop: isolated EventLoop) {
        let (all, first, end) = (waiting, firstWaiting, end)
        let frames = all[(sections[section] - first)...]
        if frames.isEmpty, exceptions.isEmpty { return }
        lackingBehindCursor = sections[section]
        sections[section] = end
        let pieces = SharedFrame.joined(Array(frames))
        let piece = pieces.count == 1 && pieces[0].count <= limit ? pieces[0] : nil
        var index = section * sectionSize
        var sectionEnd = min(listeners.count, index + sectionSize)
        while index < sectionEnd {
            if let piece { index = deliverAtOnce(piece, from: index, to: sectionEnd, on: loop) }
            if index == sectionEnd { return }
            // What follows calls out, and listeners may come and go.
            cursor = (section, index + 1)
            let session = listeners[index]
            if exceptions.isEmpty || !deliverException(at: index, of: all, from: first, upTo: end, on: loop) {
                if session.isCompressing {
                    deliver(frames, to: session, on: loop)
                } else {
                    for piece in pieces where hears(session) { session.deliver(piece, on: loop) }
                }
            }
            // The same place again where one over its budget has left, and the last has come into it.
            index = cursor?.next ?? index + 1
            sectionEnd = min(listeners.count, (section + 1) * sectionSize)
            cursor = nil
        }
    }

    /// Writes to one listener after the other; the first to whom that can't be done at once.
    private func deliverAtOnce(
        _ piece: SharedBytes, from start: Int, to end: Int, on loop: isolated EventLoop
    ) -> Int {
        let tokens = tokens
        for index in start..<end {
            guard let written = loop.sendAtOnce(piece, to: tokens[index]) else { return index }
            if written < piece.count { listeners[index].deliver(piece, written: written, on: loop) }
        }
        return end
    }

    /// False: the listener lacks what all others do.
    private func deliverException(
        at index: Int, of frames: [SharedFrame], from first: Int, upTo end: Int, on loop: isolated EventLoop
    ) -> Bool {
        let session = listeners[index]
        guard let number = exceptions[session.id] else { return false }
        // It was spoken to just now, and has more than is being delivered.
        if number > end { return true }
        exceptions[session.id] = nil
        tokens[index] = session.outputToken
        deliver(frames[(number - first)...], to: session, on: loop)
        return true
    }

    /// Whoever has left over the first of several gets none of the others: it would take them for all there is.
    private func deliver(_ frames: ArraySlice<SharedFrame>, to session: WebSocketSession, on loop: isolated EventLoop) {
        if session.isCompressing {
            for index in frames.indices where hears(session) {
                let mark = frames[index...].lazy.map(\.mark).filter { $0 != 0 }.min()
                session.deliver(frames[index], mark: mark, on: loop)
            }
        } else {
            for piece in SharedFrame.joined(Array(frames)) where hears(session) { session.deliver(piece, on: loop) }
        }
    }

    /// Lets go of what nobody lacks any more.
    private func forgetDelivered() {
        let lacking = min(sections.min() ?? end, exceptions.values.min() ?? end)
        guard lacking > firstWaiting else { return }
        let count = lacking - firstWaiting
        waitingByteCount -= waiting[..<count].reduce(0) { $0 + $1.byteCount }
        // Whoever has nothing to say holds no memory for it.
        if count == waiting.count { waiting = [] } else { waiting.removeFirst(count) }
        firstWaiting = lacking
    }
}
