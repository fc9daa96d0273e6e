import Transport

/// Taking the members of dead servers out of the rooms: each room by one survivor, and by the others if that one fails.
extension RoomHub {
    /// Rooms swept in one go, and the time until the next go.
    private static let sweepsPerBatch = 200
    private static let sweepPause: Duration = .milliseconds(50)

    /// These servers were just found dead.
    func sweepAll(of dead: Set<String>, on loop: isolated EventLoop) {
        let alive = presence.alive(at: loop.now)
        for room in rooms.values {
            let others = room.servers.intersection(alive)
            let delay = SweepOrder.delay(of: serverName, among: others, in: room.name)
            room.toSweep.formUnion(dead)
            if sweepsDue.due(of: room.name) == nil { sweepsDue.schedule(room.name, at: loop.now.advanced(by: delay)) }
        }
        if !isSweeping { sweepDueRooms(on: loop) }
    }

    private func sweepDueRooms(on loop: isolated EventLoop) {
        isSweeping = true
        Task {
            while !sweepsDue.isEmpty {
                for name in sweepsDue.takeDue(at: loop.now, limit: Self.sweepsPerBatch) {
                    guard let room = rooms[name] else { continue }
                    // Who has come back meanwhile is spared.
                    let dead = room.toSweep.intersection(presence.dead(at: loop.now))
                    room.toSweep = []
                    // Where all who are there are this server's own, somebody else has done it.
                    if !dead.isEmpty, room.hasOthers { sweep(dead, from: name, on: loop) }
                }
                await loop.sleep(for: Self.sweepPause)
            }
            isSweeping = false
        }
    }

    func sweep(_ dead: Set<String>, from name: RoomName, on loop: isolated EventLoop) {
        Task {
            do throws(StoreError) {
                try await store.sweep(Array(dead), from: name, on: loop)
            } catch {
                Log.warning("room \(name) could not be swept: \(error)")
                // Found dead again, it is swept again.
                swept.subtract(dead)
            }
        }
    }
}
