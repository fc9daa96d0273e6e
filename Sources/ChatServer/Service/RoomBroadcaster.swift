import Rooms
import Transport
import WebSocket

/// Tells the server's WebSocket sessions what happens in its rooms, in our own dialect. Lives on the hub's loop.
///
/// What a room has to say is encoded once, collected during the tick, and handed to each loop as one ordered batch.
final class RoomBroadcaster: RoomAudience {
    private let server: WebSocketServer
    private let pageFrames: PageFrames
    private let cache: FrameCache
    /// Whether what is shown goes out compressed to those who have negotiated that.
    private let compresses: Bool
    /// What each loop is to be told at the end of this tick.
    private var batches: [[Delivery]]

    init(_ server: WebSocketServer, pageFrames: PageFrames, compresses: Bool) {
        self.server = server
        self.pageFrames = pageFrames
        self.compresses = compresses
        cache = FrameCache(isCompressible: compresses)
        batches = server.group.loops.map { _ in [] }
    }

    // MARK: To everybody in a room

    func tell(_ event: RoomEvent, in room: RoomName, on loop: isolated EventLoop) {
        let frame = SharedFrame.text(
            TopicJSON.event(event), mark: event.kind.mark, isCompressible: compresses)
        deliver(.broadcast(room, frame, event.position))
    }

    func tellRoster(of view: RoomView, at position: RoomPosition, in room: RoomName, on loop: isolated EventLoop) {
        for frame in rosterFrames(view, in: room, on: loop) { deliver(.broadcast(room, frame.frame, position)) }
    }

    func logEnds(in room: RoomName, on loop: isolated EventLoop) { deliver(.logEnds(room)) }

    func closed(_ room: RoomName, on loop: isolated EventLoop) { deliver(.closed(room)) }

    func refused(_ room: RoomName, on loop: isolated EventLoop) { deliver(.refused(room)) }

    // MARK: To one connection

    func show(
        _ page: CatchUpPage, of view: RoomView, own: Member?, to catchUp: CatchUp, on loop: isolated EventLoop
    ) {
        let (ticket, room) = (catchUp.ticket, catchUp.ticket.room)
        let shown = pageFrames.pieces(page, of: view, for: ticket, catchUp.stage, own: own).flatMap { piece in
            switch piece {
            case .own(let frame): [cache.encoded(frame)]
            case .roster: rosterFrames(view, in: room, on: loop)
            case .log(let isHistory):
                cache.log(page.key(in: room, isHistory: isHistory), on: loop) {
                    pageFrames.log(page, view, isHistory: isHistory)
                }
            }
        }
        let delivery = Page(ticket: ticket, frames: shown, position: page.position, isLast: page.isLast)
        batches[ticket.connection.loop].append(.page(delivery))
    }

    func displace(_ displaced: Displaced, on loop: isolated EventLoop) {
        batches[displaced.connection.loop].append(.taken(displaced))
    }

    private func rosterFrames(_ view: RoomView, in room: RoomName, on loop: isolated EventLoop) -> [PageFrame] {
        // A number is made faster than it is found.
        if view.roster.count > pageFrames.rosterLimit { return pageFrames.roster(view).map(cache.encoded) }
        return cache.roster(of: room, view, on: loop) { pageFrames.roster(view) }
    }

    // MARK: The loops

    private func deliver(_ delivery: Delivery) {
        for index in batches.indices { batches[index].append(delivery) }
    }

    func tickEnds(on loop: isolated EventLoop) {
        for index in batches.indices where !batches[index].isEmpty {
            let batch = batches[index]
            batches[index] = []
            server.perform(onLoop: index, from: loop) { context, loop in
                guard let chat = ChatLoop.of(context) else { return }
                for delivery in batch { chat.take(delivery, on: loop) }
            }
        }
    }
}

extension RoomEvent.Kind {
    /// See `WebSocketSession.dropsMarked`: the number that a slow client lacks when this was dropped.
    var mark: Int {
        switch self {
        case .message(let message): message.seq
        case .gap(let first, _): first
        case .joined, .renamed, .left, .typing, .count, .reset: .max
        }
    }
}

extension CatchUpPage {
    fileprivate func key(in room: RoomName, isHistory: Bool) -> FrameCache.LogKey {
        let first: Int
        switch items.first {
        case .message(let message): first = message.seq
        case .gap(let from, _): first = from
        case nil: first = position.seq + 1
        }
        return FrameCache.LogKey(
            room: room, epoch: position.epoch, first: first, last: position.seq, isHistory: isHistory)
    }
}
