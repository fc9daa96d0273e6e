import Transport

/// How a room is told who comes and goes: each by itself, many together, or their number alone.
extension RoomHub {
    func tellOfRoster(_ event: RoomEvent, in room: OpenRoom, on loop: isolated EventLoop) {
        if tellsCountOnly(room, at: event.position, on: loop) {
            room.isCountDue = true
        } else if room.pace.tellsSingly(at: loop.now) {
            tell(event, in: room, on: loop)
        }
    }

    /// All that the replica had to say has been said.
    func watchPace(of room: OpenRoom, on loop: isolated EventLoop) {
        if room.pace.begins(with: room.replica.roster) { startInterval(in: room, on: loop) }
    }

    private func startInterval(in room: OpenRoom, on loop: isolated EventLoop) {
        if room.isPaceTimed { return }
        room.isPaceTimed = true
        _ = loop.schedule(RosterInterval(room, hub: self), after: RosterPace.interval)
    }

    /// Tells what has changed while much did, and then shows it to those who have come in.
    func intervalEnds(in room: OpenRoom, on loop: isolated EventLoop) {
        room.isPaceTimed = false
        guard rooms[room.name] === room, let view = room.replica.view,
            let (changes, waiting) = room.pace.intervalEnds(with: view.roster)
        else { return }
        startInterval(in: room, on: loop)
        let position = RoomPosition(epoch: view.epoch, seq: view.seq)
        if changes.count > view.roster.count {
            tellRoster(view, at: position, in: room, on: loop)
        } else {
            for change in changes {
                tell(RoomEvent(kind(of: change, in: view), at: position), in: room, on: loop)
            }
        }
        for catchUp in waiting { self.catchUp(catchUp, on: loop) }
    }

    private func kind(of change: RosterChange, in view: RoomView) -> RoomEvent.Kind {
        switch change {
        case .added(let member): .joined(member, rev: view.rev)
        case .updated(let member): .renamed(member, rev: view.rev)
        case .removed(let socket): .left(socket: socket, rev: view.rev)
        }
    }

    private func tellRoster(
        _ view: RoomView, at position: RoomPosition, in room: OpenRoom, on loop: isolated EventLoop
    ) {
        audience.tellRoster(of: view, at: position, in: room.name, on: loop)
        awaitEndOfTick(on: loop)
    }

    /// Whether the room is so full that single members aren't told; on the way down everybody gets the roster anew.
    /// - Parameter position: of what is being said, which the replica itself may be ahead of.
    private func tellsCountOnly(_ room: OpenRoom, at position: RoomPosition, on loop: isolated EventLoop) -> Bool {
        guard let view = room.replica.view else { return false }
        let isFull = view.roster.count > options.rosterLimit
        if isFull != room.tellsCountOnly { stopGathering(in: room, on: loop) }
        if room.tellsCountOnly, !isFull {
            tellRoster(view, at: position, in: room, on: loop)
            room.isCountDue = false
        }
        room.tellsCountOnly = isFull
        return isFull
    }

    /// What is gathered need not be told: everybody is told something else instead.
    func stopGathering(in room: OpenRoom, on loop: isolated EventLoop) {
        for catchUp in room.pace.ends() { self.catchUp(catchUp, on: loop) }
    }
}

/// For a room whose roster changes much; one more when it fires, for as long as it does.
private final class RosterInterval: TimerHandler {
    private let room: OpenRoom
    private let hub: RoomHub

    init(_ room: OpenRoom, hub: RoomHub) { (self.room, self.hub) = (room, hub) }

    func timerFired(on loop: isolated EventLoop) { hub.intervalEnds(in: room, on: loop) }
}
