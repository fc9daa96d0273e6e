import Testing

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

@Suite("Telling who comes and goes")
struct RosterPaceTests {
    private let start = ContinuousClock.now

    private func roster(_ sockets: [String]) -> Roster { Roster(sockets.map { ModelRoom.member($0) }) }

    @Test("two rosters differ by who came, who went, and who has another name")
    func changes() {
        let before = roster(["a", "b", "c", "e"])
        var after = roster(["b", "c", "d", "f"])
        after["c"] = ModelRoom.member("c", name: "Other")
        #expect(
            before.changes(to: after) == [
                .removed(socket: "a"), .updated(ModelRoom.member("c", name: "Other")),
                .added(ModelRoom.member("d")), .removed(socket: "e"), .added(ModelRoom.member("f")),
            ])
        #expect(before.changes(to: before).isEmpty)
        #expect(roster([]).changes(to: before).count == 4 && before.changes(to: roster([])).count == 4)
    }

    @Test("a few changes are told one by one; many are gathered, and told by what they come to")
    func pace() {
        var pace = RosterPace()
        var singles = 0
        while singles < 1_000, !pace.begins(with: roster(["a"])) {
            if pace.tellsSingly(at: start) { singles += 1 }
        }
        #expect(singles == 3 * RosterPace.single + 1)
        #expect(!pace.isPending)
        let gathered = (0..<100).map { _ in pace.tellsSingly(at: start) }
        #expect(!gathered.contains(true) && pace.isPending)
        pace.wait(CatchUp(ticket: ticket, stage: .opening, position: nil))
        let told = pace.intervalEnds(with: roster(["a", "b"]))
        #expect(told?.changes == [.added(ModelRoom.member("b"))] && told?.waiting.count == 1 && !pace.isPending)
        // Nothing for an interval: as before.
        let quiet = pace.intervalEnds(with: roster(["a", "b"]))
        let after = pace.tellsSingly(at: start + .seconds(10))
        #expect(quiet == nil && after)
    }

    @Test("where everybody is shown the roster anew, what was gathered is forgotten, and who waits waits no more")
    func ends() {
        var pace = RosterPace()
        while !pace.begins(with: roster([])) { _ = pace.tellsSingly(at: start) }
        _ = pace.tellsSingly(at: start)
        pace.wait(CatchUp(ticket: ticket, stage: .opening, position: nil))
        #expect(pace.isPending)
        let waiting = pace.ends()
        let again = pace.ends()
        #expect(waiting.count == 1 && again.isEmpty && !pace.isPending)
    }

    private var ticket: JoinTicket {
        JoinTicket(connection: ConnectionID(rawValue: 1), room: .lobby, socket: "x", secret: "s")
    }
}
