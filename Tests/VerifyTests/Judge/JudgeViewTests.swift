import Testing

@testable import Verify

@Suite("verify: the judge, on what a client was shown")
struct JudgeViewTests {
    private typealias Run = InventedRun

    @Test("a run in which everybody saw everything once, in order, is flawless")
    func flawless() {
        let verdict = Run.flawless.verdict
        #expect(verdict.violations.isEmpty)
        #expect(verdict.checks[.once] == 4 + 4 + 4)
    }

    @Test("a reconnect that brings exactly what was missed is flawless")
    func resumed() {
        var run = Run()
        run.ada.joined(seq: 0)
        run.ada.saw(Run.messages(1...4))
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(.lost("cut"))
        run.bob.joined(Run.messages(2...3), seq: 3)
        run.bob.saw(Run.messages(4...4))
        #expect(run.verdict.violations.isEmpty)
    }

    @Test("a message that is left out is found, and named")
    func hole() throws {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(Run.messages(3...4))
        let violation = try #require(run.verdict.violations.first)
        #expect(violation.guarantee == .kept)
        #expect(violation.summary.contains("bob in invented was never shown 1 messages (2…2), 1 of them acknowledged"))
        #expect(violation.evidence.first?.contains("2 m2 from socket-ada, acknowledged at 21.000s") == true)
    }

    @Test("the evidence is what was seen around it, and how the client came there, however long ago")
    func evidence() throws {
        var run = Run()
        run.bob.joined(seq: 0)
        for _ in 1...100 { run.bob.saw(.roster(epoch: "A")) }
        run.bob.saw(Run.messages(1...4) + Run.messages(4...4))
        let evidence = try #require(run.verdict.violations.first { $0.guarantee == .once }).evidence
        let words = ["connected to server 0", "welcome", "history", "joined", "roster", "roster", "roster"]
        for (line, word) in zip(evidence, words) { #expect(line.contains(word)) }
        #expect(evidence.count == 4 + 8 && evidence.last?.contains("message 4") == true)
    }

    @Test("a number under which nothing stands that is shown may be skipped, one under which a message stands may not")
    func hidden() {
        for isShown in [false, true] {
            var run = Run()
            let fifth = RoomTruth.Entry(seq: 5, id: "later_kind-5", socket: "", isShown: isShown)
            let reading = RoomTruth.Reading(
                epoch: "A", previous: nil, base: 0, seq: 5, entries: [fifth],
                members: [run.ada.socket, run.bob.socket],
                isWhole: false)
            let isTaken = run.truth.take(reading, at: .seconds(101))
            #expect(isTaken)
            run.read(upTo: 6, oldest: 6, isWhole: false, at: 102)
            run.ada.joined(seq: 0)
            run.ada.sent("m6", as: 6, at: 60)
            run.ada.saw(Run.messages(1...4) + Run.messages(6...6))
            run.bob.joined(Run.messages(1...4) + Run.messages(6...6), seq: 6)
            #expect(run.broken == (isShown ? [.kept] : []))
        }
    }

    @Test("messages missing between two connections are found")
    func lostBetweenConnections() {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(.lost("cut"))
        run.bob.joined(Run.messages(4...4), seq: 4)
        #expect(run.broken == [.kept])
    }

    @Test("messages missing at the end are found")
    func lostTail() {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...3), seq: 3)
        #expect(run.broken == [.kept])
    }

    @Test("a message shown again after a reconnect is shown twice")
    func twice() throws {
        var run = Run.flawless
        run.bob.saw(.lost("cut"))
        run.bob.joined(Run.messages(4...4), seq: 4)
        #expect(run.broken == [.once])
        #expect(run.verdict.violations[0].summary.contains("m4 twice: as 4, and as 4"))
    }

    @Test("one send under two numbers is shown twice, and history holds it twice")
    func doubled() {
        var run = Run()
        run.read(upTo: 5, ids: [5: "m4"], at: 110)
        run.ada.joined(seq: 0)
        run.ada.saw(Run.messages(1...4) + [Run.message(5, id: "m4")])
        run.bob.joined(Run.messages(1...4) + [Run.message(5, id: "m4")], seq: 5)
        #expect(run.broken == [.once])
        #expect(run.verdict.violations.count == 3)
    }

    @Test("messages in the wrong order are found")
    func wrongOrder() {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw([Run.message(3), Run.message(2), Run.message(4)])
        #expect(run.broken == [.kept, .order])
    }

    @Test("a message that nobody sent is found")
    func invented() {
        var run = Run.flawless
        run.bob.saw([Run.message(5, id: "forged")])
        #expect(run.broken.contains(.sent))
    }

    @Test("a message with another text, or under another's name, is found")
    func altered() {
        for message in [Run.message(4, isIntact: false), Run.message(4, socket: "socket-eve")] {
            var run = Run.flawless
            run.bob = .init("bob")
            run.bob.joined(Run.messages(1...3), seq: 3)
            run.bob.saw([message])
            #expect(run.broken == [.sent])
        }
    }

    @Test("who comes back as somebody else is found")
    func otherMember() {
        var run = Run.flawless
        run.bob.saw(.lost("cut"))
        run.bob.record.socket = "socket-stranger"
        run.bob.joined(seq: 4)
        run.read(upTo: 4, members: ["socket-ada", "socket-stranger"], at: 120)
        run.ada.record.roster = ["socket-ada", "socket-stranger"]
        run.bob.record.roster = ["socket-ada", "socket-stranger"]
        #expect(run.broken == [.sameMember])
    }

    @Test("who has left for good may come back as somebody else, and see all again")
    func newPage() {
        var run = Run.flawless
        run.bob.saw(.left)
        run.bob.joined(Run.messages(3...4), seq: 4)
        #expect(run.verdict.violations.isEmpty)
    }

    @Test("being shut out with 4001 by nobody is found")
    func takenOver() {
        var run = Run.flawless
        run.bob.saw(.takenOver)
        #expect(run.broken == [.sameMember])
    }

    @Test("a client that does not come back is found, and so is a send without an answer")
    func unanswered() {
        var run = Run.flawless
        run.ada.sent("m5", as: nil, at: 90)
        #expect(run.broken == [.answered])
        run = Run.flawless
        run.bob.record.isJoined = false
        run.read(upTo: 4, members: ["socket-ada"], at: 120)
        run.ada.record.roster = ["socket-ada"]
        #expect(run.broken == [.answered])
    }

    @Test("a send that was seen, or marked as failed, needs no ack")
    func settled() {
        var run = Run.flawless
        run.ada.sent("m5", as: nil, at: 90)
        run.ada.record.sends[4].isFailed = true
        #expect(run.verdict.violations.isEmpty)
    }
}
