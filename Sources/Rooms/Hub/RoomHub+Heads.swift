import Transport

/// Where the rooms stand in the store, and whether this server's members are there: compared with what was shown.
extension RoomHub {
    /// Rooms looked at in one second, those that have been due for longest.
    private static let headsPerBatch = 1_000
    /// Members looked up in one second, and in one room.
    private static let seatsPerBatch = 500
    private static let seatsPerRoom = 200
    private static let longestHeadInterval: Duration = .seconds(3)

    /// Something was said: what follows it may be lost.
    func lookSoon(at room: OpenRoom, on loop: isolated EventLoop) {
        if room.headInterval <= .seconds(1) { return }
        room.headInterval = .seconds(1)
        let soon = loop.now.advanced(by: room.headInterval)
        if let due = headsDue.due(of: room.name), due > soon { headsDue.schedule(room.name, at: soon) }
    }

    /// The store isn't the one it was: every room is looked at, as soon as may be.
    func lookAtAllSoon(on loop: isolated EventLoop) {
        for name in rooms.keys where headsDue.due(of: name) != nil { headsDue.schedule(name, at: loop.now) }
    }

    /// PUB/SUB may lose without a word: what the store had a second ago must have been delivered by now.
    func compareHeads(on loop: isolated EventLoop) {
        for room in rooms.values {
            guard let head = room.expectedHead else { continue }
            room.expectedHead = nil
            if room.replica.isBehind(head) {
                room.headInterval = .seconds(1)
                if !options.ignoresHoles { act(on: room.replica.suspect(), in: room, on: loop) }
            } else {
                room.headInterval = min(room.headInterval * 2, Self.longestHeadInterval)
            }
        }
        if isReadingHeads { return }
        let due = headsDue.takeDue(at: loop.now, limit: Self.headsPerBatch)
        // Those that aren't live are being read, or can't be; those without members need no look.
        let names = due.filter { rooms[$0].map { $0.replica.isLive && !$0.attendance.isUnused } ?? false }
        let known = names.map { rooms[$0]?.replica.head }
        for name in due where rooms[name] != nil { scheduleHead(of: name, on: loop) }
        if names.isEmpty { return }
        isReadingHeads = true
        let seats = seats(in: names)
        Task {
            let heads = try? await store.heads(of: names, on: loop)
            isReadingHeads = false
            for (name, known) in zip(names, known) {
                guard let room = rooms[name], let heads else { continue }
                take(heads[name], asked: known, in: room, on: loop)
            }
            guard !seats.isEmpty, let missing = try? await store.missing(seats, on: loop) else { return }
            for (name, sockets) in missing { putBack(sockets, in: name, on: loop) }
        }
    }

    private func scheduleHead(of name: RoomName, on loop: isolated EventLoop) {
        headsDue.schedule(name, at: loop.now.advanced(by: rooms[name]?.headInterval ?? .seconds(1)))
    }

    /// - Parameter known: how far the room had been shown when the store was asked: it can't be behind that.
    private func take(_ head: RoomHead?, asked known: RoomHead?, in room: OpenRoom, on loop: isolated EventLoop) {
        // Left out: the room must be mended, which a reading does.
        guard let head else {
            room.expectedHead = .unknown
            return
        }
        let wasPutBack = known.map { head.isBefore($0) } ?? false
        if !options.ignoresHoles, wasPutBack || room.replica.hasOtherRoster(head) {
            act(on: room.replica.suspect(), in: room, on: loop)
        } else {
            room.expectedHead = head
        }
    }

    /// Some of the rooms' members, others each time.
    private func seats(in names: [RoomName]) -> [RoomSeats] {
        let share = min(Self.seatsPerRoom, max(1, Self.seatsPerBatch / names.count))
        return names.compactMap { name in
            guard let room = rooms[name], !room.attendance.attached.isEmpty else { return nil }
            if room.nextSeat >= room.attendance.attached.count { room.nextSeat = 0 }
            let members = room.attendance.attached.elements(from: room.nextSeat, count: share)
            room.nextSeat += members.count
            return RoomSeats(
                room: name, seats: members.map { RoomSeats.Seat(socket: $0.socket, generation: $0.generation) })
        }
    }

    /// Those whom the store has lost.
    private func putBack(_ sockets: [String], in name: RoomName, on loop: isolated EventLoop) {
        guard let room = rooms[name] else { return }
        for socket in sockets {
            if let member = room.attendance.attached[socket] { putBack(member, in: room, on: loop) }
        }
    }
}
