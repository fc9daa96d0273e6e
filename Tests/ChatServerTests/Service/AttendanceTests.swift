import Testing

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

@Suite("Who is in a room through this server")
struct AttendanceTests {
    private func ticket(_ number: Int, _ socket: String? = nil) -> JoinTicket {
        JoinTicket(
            connection: ConnectionID(rawValue: UInt64(number)), room: .lobby,
            socket: socket ?? "socket\(number)", secret: "secret")
    }

    private func attachment(_ socket: String, _ generation: Int) -> Rooms.Attachment {
        Attachment(member: ModelRoom.member(socket), generation: generation, epoch: "e", rev: 1)
    }

    private func opening(_ ticket: JoinTicket) -> CatchUp { CatchUp(ticket: ticket, stage: .opening, position: nil) }

    private func displaced(
        _ attendance: inout Attendance, _ ticket: JoinTicket, generation: Int
    ) -> (isHere: Bool, Displaced?) {
        var displaced: Displaced?
        attendance.prepare(opening(ticket))
        let isHere = attendance.attach(
            ticket, attachment(ticket.socket, generation), stamp: 1, displaced: &displaced)
        return (isHere, displaced)
    }

    @Test("the newer of two connections is shown the room when the older one has done what it was asked for")
    func takeover() {
        var attendance = Attendance()
        let (older, newer) = (ticket(1, "ada"), ticket(2, "ada"))
        _ = displaced(&attendance, older, generation: 1)
        #expect(attendance.mayBegin(older))
        let (isHere, loser) = displaced(&attendance, newer, generation: 2)
        #expect(isHere && loser == Displaced(connection: older.connection, mayFinish: true))
        let early = attendance.open("ada")
        #expect(early == nil && !attendance.mayBegin(newer) && attendance.mayBegin(older))
        let isFreed = attendance.finish(older)
        let late = attendance.open("ada")
        #expect(isFreed && attendance.mayBegin(newer) && late?.ticket == newer)
        let again = attendance.finish(older)
        #expect(!again)
    }

    @Test("of three connections each waits for those before it")
    func chain() {
        var attendance = Attendance()
        let tickets = (1...3).map { ticket($0, "ada") }
        for (index, ticket) in tickets.enumerated() { _ = displaced(&attendance, ticket, generation: index + 1) }
        #expect(tickets.map { attendance.mayBegin($0) } == [true, false, false])
        _ = attendance.finish(tickets[0])
        #expect(tickets[1...].map { attendance.mayBegin($0) } == [true, false])
        _ = attendance.finish(tickets[1])
        #expect(attendance.mayBegin(tickets[2]))
    }

    @Test("a member that another server has says nothing more here; one that is arriving here is waited for")
    func moved() {
        var attendance = Attendance()
        let older = ticket(1, "ada")
        _ = displaced(&attendance, older, generation: 1)
        let elsewhere = attendance.move("ada", generation: 2)
        #expect(elsewhere == Displaced(connection: older.connection, mayFinish: false))
        let next = ticket(2, "ada")
        _ = displaced(&attendance, next, generation: 3)
        // The news of its attachment is faster than the answer.
        let last = ticket(3, "ada")
        attendance.prepare(opening(last))
        let here = attendance.move("ada", generation: 4)
        #expect(here == Displaced(connection: next.connection, mayFinish: true))
        var displaced: Displaced?
        let isHere = attendance.attach(last, attachment("ada", 4), stamp: 1, displaced: &displaced)
        #expect(isHere && displaced == nil && !attendance.mayBegin(last))
    }

    @Test("an answer that comes after news of a later attachment finds its member gone, and leaves no trace")
    func overtaken() {
        var attendance = Attendance()
        let late = ticket(1, "ada")
        attendance.prepare(opening(late))
        _ = attendance.move("ada", generation: 5)
        var displaced: Displaced?
        let isHere = attendance.attach(late, attachment("ada", 4), stamp: 1, displaced: &displaced)
        #expect(!isHere && displaced == Displaced(connection: late.connection, mayFinish: false))
        #expect(attendance.isEmpty)
    }

    /// As long as so many come in, are moved and go, all of them arriving at once.
    private func massReturn(_ count: Int) -> Duration {
        let tickets = (0..<count).map { ticket($0) }
        let attachments = tickets.map { attachment($0.socket, 2) }
        var attendance = Attendance()
        return ContinuousClock().measure {
            for ticket in tickets { attendance.prepare(opening(ticket)) }
            for (ticket, attachment) in zip(tickets, attachments) {
                var displaced: Displaced?
                _ = attendance.move(ticket.socket, generation: 1)
                _ = attendance.attach(ticket, attachment, stamp: 1, displaced: &displaced)
                _ = attendance.open(ticket.socket)
            }
            for ticket in tickets {
                _ = attendance.move(ticket.socket, generation: 1)
                _ = attendance.finish(ticket)
                _ = attendance.detach(ticket)
            }
        }
    }

    @Test("20,000 that come at once take ten times as long as 2,000, not a hundred times")
    func isLinear() {
        _ = massReturn(200)
        let (few, many) = (massReturn(2_000), massReturn(20_000))
        print("2,000 members return in \(few), 20,000 in \(many)")
        #expect(many < few * 45)
    }
}
