package import Transport

/// What the hub does every second: leases, heads, sweeping, and whatever has waited too long.
extension RoomHub: TimerHandler {
    private static let keyRenewal: Duration = .seconds(3600)

    package func startWatch(on loop: isolated EventLoop) {
        if watch == nil { timerFired(on: loop) }
    }

    package func timerFired(on loop: isolated EventLoop) {
        watch = loop.schedule(self, after: Presence.renewal)
        giveUpWaiting(on: loop)
        closeUnusedRooms(on: loop)
        lookForAbandoned(on: loop)
        tellCounts(on: loop)
        settleDoubts(on: loop)
        compareHeads(on: loop)
        renewLease(on: loop)
        renewKeys(on: loop)
    }

    private func giveUpWaiting(on loop: isolated EventLoop) {
        for room in rooms.values where !room.waiting.isEmpty {
            let overdue = room.waiting.filter { $0.deadline <= loop.now }
            room.waiting.removeAll { $0.deadline <= loop.now }
            for waiter in overdue { waiter.resume(.failure(.unavailable("the room can't be read"))) }
        }
    }

    private func closeUnusedRooms(on loop: isolated EventLoop) {
        for (name, room) in rooms where room.attendance.isEmpty {
            guard let since = room.emptySince, since.advanced(by: options.linger) <= loop.now else { continue }
            rooms[name] = nil
            headsDue.remove(name)
            store.remember(nil, of: name)
            meter.count { $0.closedRooms += 1 }
            store.close(name)
            audience.closed(name, on: loop)
            awaitEndOfTick(on: loop)
        }
    }

    private func lookForAbandoned(on loop: isolated EventLoop) {
        for room in rooms.values where room.attendance.findsAbandoned(in: room.replica.roster, at: loop.now) {
            // The reading finds a member of this server without a connection, and lets it leave.
            act(on: room.replica.suspect(), in: room, on: loop)
        }
    }

    /// Who is awaited, missing, or was told of with old numbers for so long that only the store can explain it.
    private func settleDoubts(on loop: isolated EventLoop) {
        for room in rooms.values {
            let outputs = room.replica.tick()
            if !outputs.isEmpty { act(on: outputs, in: room, on: loop) }
        }
    }

    private func tellCounts(on loop: isolated EventLoop) {
        for room in rooms.values where room.isCountDue {
            room.isCountDue = false
            guard let view = room.replica.view else { continue }
            let position = RoomPosition(epoch: view.epoch, seq: view.seq)
            tell(RoomEvent(.count(view.roster.count), at: position), in: room, on: loop)
        }
    }

    // MARK: Who is alive?

    private func renewLease(on loop: isolated EventLoop) {
        // While draining too: whoever hasn't been sent away yet is still here.
        if isRenewing { return }
        isRenewing = true
        Task {
            let leases = try? await store.renewLease(on: loop)
            isRenewing = false
            guard let leases else { return presence.interrupted() }
            let wasAway = presence.hasMissed(at: loop.now)
            let isUnchanged = presence.renewed(leases, at: loop.now)
            // Others may have swept this server's members: each room is read, and they are put back.
            if wasAway { for room in rooms.values { act(on: room.replica.suspect(), in: room, on: loop) } }
            // The store has other data than it had: whether the rooms are what they were is seen by their heads.
            if !isUnchanged { lookAtAllSoon(on: loop) }
            let dead = presence.dead(at: loop.now)
            let fresh = dead.subtracting(swept)
            swept = dead
            if !fresh.isEmpty { sweepAll(of: fresh, on: loop) }
        }
    }

    /// Compares a roster just read with who is really here.
    func reconcile(_ room: OpenRoom, with reading: RoomReading, begun: Int, on loop: isolated EventLoop) {
        let servers = Set(reading.roster.map(\.server)).subtracting([serverName])
        room.servers = servers
        presence.seen(servers, at: loop.now)
        // Those found dead earlier may have been in a room that was not open here then.
        let dead = servers.intersection(presence.dead(at: loop.now))
        if !dead.isEmpty { sweep(dead, from: room.name, on: loop) }
        for difference in room.attendance.differences(to: reading, begun: begun, server: serverName) {
            switch difference {
            case .taken(let member): give(member, away: room, on: loop)
            case .missing(let member): putBack(member, in: room, on: loop)
            case .stray(let socket, let generation):
                leave(socket, generation: generation, from: room.name, on: loop)
            }
        }
    }

    /// The member has another connection, and this one ends.
    private func give(_ member: Attendance.Attached, away room: OpenRoom, on loop: isolated EventLoop) {
        close(room.attendance.take(member), on: loop)
        // Whether it is still in the room is for the store to say.
        if room.attendance.attached[member.socket] == nil {
            act(on: room.replica.depart(member.socket), in: room, on: loop)
        }
    }

    func putBack(_ member: Attendance.Attached, in room: OpenRoom, on loop: isolated EventLoop) {
        Task {
            // By then every socket has been read once: who has gone meanwhile isn't brought back.
            await loop.sleep(for: .milliseconds(50))
            guard let current = room.attendance.attached[member.ticket.socket], current.stamp == member.stamp else {
                return
            }
            do throws(StoreError) {
                let isPresent = try await store.putBack(
                    current.member, secret: member.ticket.secret, generation: member.generation, to: room.name, on: loop
                )
                if !isPresent { return give(current, away: room, on: loop) }
                // It may have left meanwhile, and the store have heard of that first.
                if room.attendance.hasLeft(current) {
                    leave(member.ticket.socket, generation: member.generation, from: room.name, on: loop)
                }
            } catch {
                Log.warning("\(member.ticket.socket) could not be put back into \(room.name): \(error)")
            }
        }
    }

    // MARK: Once an hour

    /// Keys live for a day, and are renewed every hour.
    private func renewKeys(on loop: isolated EventLoop) {
        let due = nextRenewal ?? loop.now.advanced(by: Self.keyRenewal)
        nextRenewal = due <= loop.now ? loop.now.advanced(by: Self.keyRenewal) : due
        guard due <= loop.now else { return }
        for room in rooms.values where !room.attendance.attached.isEmpty {
            let (name, sockets) = (room.name, room.attendance.attached.sockets)
            Task {
                do throws(StoreError) {
                    try await store.renew(name, sockets: sockets, on: loop)
                } catch {
                    Log.warning("room \(name) could not be renewed: \(error)")
                }
            }
        }
    }
}
