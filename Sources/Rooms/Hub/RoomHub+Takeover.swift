package import Transport

/// One member on several connections: the newest has it, and says nothing before the older ones are done.
extension RoomHub {
    /// Shows the room to somebody, unless others are still doing something as this member: theirs comes first.
    /// - Parameter change: the epoch and the `rev` after its attachment.
    func show(
        _ member: Member, _ ticket: JoinTicket, since change: (epoch: String, rev: Int)? = nil, in room: OpenRoom,
        on loop: isolated EventLoop
    ) {
        if room.attendance.mayBegin(ticket) { act(on: room.replica.await(member, since: change), in: room, on: loop) }
    }

    /// The session's member has a connection that was opened later.
    package func superseded(_ ticket: JoinTicket, on loop: isolated EventLoop) {
        withdrawn(ticket, on: loop)
        close(Displaced(connection: ticket.connection, mayFinish: false), on: loop)
    }

    /// The session will not be attached after all.
    package func withdrawn(_ ticket: JoinTicket, on loop: isolated EventLoop) { _ = forget(ticket, on: loop) }

    /// Resumes when those who had the session's member before it have done what they were asked for.
    package func awaitTurn(_ ticket: JoinTicket, resume: @escaping () -> Void) {
        guard let room = rooms[ticket.room], !room.attendance.mayBegin(ticket) else { return resume() }
        room.successors.append((ticket, resume))
    }

    /// A session that has lost its member has done what it was asked for.
    package func finished(_ ticket: JoinTicket, on loop: isolated EventLoop) {
        guard let room = rooms[ticket.room], room.attendance.finish(ticket) else { return }
        if let next = room.attendance.attached[ticket.socket] { show(next.member, next.ticket, in: room, on: loop) }
        let waiting = room.successors
        room.successors = waiting.filter { !room.attendance.mayBegin($0.ticket) }
        for successor in waiting where room.attendance.mayBegin(successor.ticket) { successor.resume() }
    }

    /// Another connection has the session's member: it is closed, and its page must not come back by itself.
    func close(_ displaced: Displaced, on loop: isolated EventLoop) {
        meter.count { $0.takenOver += 1 }
        audience.displace(displaced, on: loop)
        awaitEndOfTick(on: loop)
    }
}
