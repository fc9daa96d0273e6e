@testable import ChatServer
@testable import Rooms

/// What a server does every second, as `RoomHub+Watch`.
extension ModelServer {
    func watch() {
        giveUpWaiting()
        if attendance.findsAbandoned(in: replica.roster, at: world.instant) { act(on: replica.suspect()) }
        act(on: replica.tick())
        compareHead()
        renewLease()
        after(1_000_000, .timers) { [self] in watch() }
    }

    private func giveUpWaiting() {
        let overdue = waiting.filter { $0.deadline <= world.now }
        waiting.removeAll { $0.deadline <= world.now }
        for join in overdue { join.resume(false) }
    }

    private func compareHead() {
        if let head = expectedHead {
            expectedHead = nil
            if replica.isBehind(head) {
                headInterval = 1_000_000
                if !options.ignoresHoles { act(on: replica.suspect()) }
            } else {
                headInterval = min(headInterval * 2, 3_000_000)
            }
        }
        guard !isReadingHead, replica.isLive, nextHead <= world.now, !attendance.isUnused else { return }
        isReadingHead = true
        let known = replica.head
        nextHead = world.now + headInterval
        call {
            $0.head()
        } _: { [self] head in
            isReadingHead = false
            guard let head else { return }
            take(head, asked: known)
            lookForOwn()
        }
    }

    private func take(_ head: RoomHead?, asked known: RoomHead?) {
        guard let head else {
            expectedHead = .unknown
            return
        }
        if !options.ignoresHoles, known.map({ head.isBefore($0) }) ?? false || replica.hasOtherRoster(head) {
            act(on: replica.suspect())
        } else {
            expectedHead = head
        }
    }

    private func lookForOwn() {
        if nextSeat >= attendance.attached.count { nextSeat = 0 }
        let members = attendance.attached.elements(from: nextSeat, count: 2)
        nextSeat += members.count
        let seats = members.map { RoomSeats.Seat(socket: $0.socket, generation: $0.generation) }
        call { [name] in
            $0.missing(seats, of: name)
        } _: { [self] missing in
            for socket in missing ?? [] {
                if let member = attendance.attached[socket] { putBack(member) }
            }
        }
    }

    private func renewLease() {
        if isRenewing { return }
        isRenewing = true
        call { [name] in
            $0.renewLease(of: name)
        } _: { [self] leases in
            isRenewing = false
            guard let leases else { return presence.interrupted() }
            let wasAway = presence.hasMissed(at: world.instant)
            if !presence.renewed(leases, at: world.instant) { nextHead = min(nextHead, world.now) }
            if wasAway, isRoomOpen { act(on: replica.suspect()) }
            let dead = presence.dead(at: world.instant)
            let fresh = dead.subtracting(swept)
            swept = dead
            if !fresh.isEmpty, isRoomOpen { sweepLater(fresh) }
        }
    }

    private func sweepLater(_ dead: Set<String>) {
        let others = named.intersection(presence.alive(at: world.instant))
        let delay = SweepOrder.delay(of: name, among: others, in: .lobby)
        after(Int(delay / .microseconds(1)), .timers) { [self] in
            let still = dead.intersection(presence.dead(at: world.instant))
            if still.isEmpty { return }
            if !replica.isLive || replica.roster.contains(where: { attendance.attached[$0.socket] == nil }) {
                sweep(still)
            }
        }
    }

    private func sweep(_ dead: Set<String>) {
        for server in dead.sorted() {
            world.note("\(name) gives \(server) up")
            oracle.givenUp(server)
        }
        call {
            $0.sweep(dead.sorted())
        } _: { [self] done in
            if done == nil { swept.subtract(dead) }
        }
    }

    /// Compares a roster just read with who is really here.
    func reconcile(with reading: RoomReading, begun: Int) {
        let servers = Set(reading.roster.map(\.server)).subtracting([name])
        named = servers
        presence.seen(servers, at: world.instant)
        let dead = servers.intersection(presence.dead(at: world.instant))
        if !dead.isEmpty { sweep(dead) }
        for difference in attendance.differences(to: reading, begun: begun, server: name) {
            switch difference {
            case .taken(let member): give(member)
            case .missing(let member): putBack(member)
            case .stray(let socket, let generation): leave(socket, generation: generation)
            }
        }
    }

    private func give(_ member: Attendance.Attached) {
        close(attendance.take(member))
        if attendance.attached[member.socket] == nil { act(on: replica.depart(member.socket)) }
    }

    func putBack(_ member: Attendance.Attached) {
        after(50_000, .timers) { [self] in
            let socket = member.ticket.socket
            guard let current = attendance.attached[socket], current.stamp == member.stamp else { return }
            call { [name] in
                $0.putBack(
                    current.member, secret: member.ticket.secret, generation: member.generation, server: name)
            } _: { [self] isPresent in
                if isPresent == false { return give(current) }
                if isPresent == true, attendance.hasLeft(current) {
                    leave(socket, generation: member.generation)
                }
            }
        }
    }
}
