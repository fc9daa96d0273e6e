import Testing

@testable import Verify

@Suite("verify: the judge, on rooms, epochs and servers")
struct JudgeRoomTests {
    private typealias Run = InventedRun

    // MARK: Gaps

    @Test("a gap over what history no longer holds is honest")
    func honestGap() {
        var run = Run()
        run.retention = 2
        run.read(upTo: 4, oldest: 3, at: 101)
        run.ada.joined(seq: 0)
        run.ada.saw(Run.messages(1...4))
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(.gap(epoch: "A", from: 2, to: 2))
        run.bob.saw(Run.messages(3...4))
        #expect(run.verdict.violations.isEmpty)
    }

    @Test("a gap over what history holds is found")
    func needlessGap() {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(.gap(epoch: "A", from: 2, to: 3))
        run.bob.saw(Run.messages(4...4))
        #expect(run.broken == [.honest])
    }

    @Test("a gap that does not name all that is missing is found")
    func shortGap() {
        var run = Run()
        run.retention = 1
        run.read(upTo: 4, oldest: 4, at: 101)
        run.ada.joined(seq: 0)
        run.ada.saw(Run.messages(1...4))
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(.gap(epoch: "A", from: 3, to: 3))
        run.bob.saw(Run.messages(4...4))
        #expect(run.broken == [.kept])
    }

    // MARK: Epochs

    /// Redis has been restarted, and has lost 3 and 4, which Ada and Bob had seen; 3 is another message now.
    private var rolledBack: Run {
        var run = Run.flawless
        run.losses = [RunRecord.Loss(copied: .seconds(25), stopped: .seconds(105))]
        run.read(upTo: 3, epoch: "B", previous: "A", base: 2, ids: [3: "n3"], at: 110)
        run.ada.sent("n3", as: 3, epoch: "B", at: 108)
        return run
    }

    @Test("what Redis lost is excused where everybody who saw it starts over")
    func honestReset() {
        var run = rolledBack
        for name in ["ada", "bob"] {
            var client = name == "ada" ? run.ada : run.bob
            client.saw(.reset(epoch: "B"), at: 110)
            client.saw(.history(epoch: "B", Run.messages(1...2)))
            client.saw([Run.message(3, id: "n3")], epoch: "B")
            if name == "ada" { run.ada = client } else { run.bob = client }
        }
        #expect(run.verdict.violations.isEmpty)
        #expect(run.verdict.lostByRestore == 2)
    }

    @Test("going on silently after Redis lost what was seen is found")
    func silentLoss() {
        var run = rolledBack
        run.read(upTo: 5, epoch: "B", previous: "A", base: 2, ids: [3: "n3", 4: "n4", 5: "n5"], at: 120)
        for (seq, second) in [(4, 112), (5, 114)] { run.ada.sent("n\(seq)", as: seq, epoch: "B", at: second) }
        run.ada.saw(.reset(epoch: "B"), at: 110)
        run.ada.saw(.history(epoch: "B", Run.messages(1...2)))
        run.ada.saw((3...5).map { Run.message($0, id: "n\($0)") }, epoch: "B")
        run.bob.saw([Run.message(5, id: "n5")], epoch: "B")
        #expect(run.broken == [.honest, .order])
    }

    @Test("showing to the end what Redis lost is found, even if nothing follows")
    func staleScreen() {
        var run = rolledBack
        run.ada.saw(.reset(epoch: "B"), at: 110)
        run.ada.saw(.history(epoch: "B", Run.messages(1...2)))
        run.ada.saw([Run.message(3, id: "n3")], epoch: "B")
        #expect(run.broken == [.order])
    }

    @Test("going on in an epoch that has lost nothing is flawless")
    func silentEpoch() {
        var run = Run.flawless
        run.read(upTo: 5, epoch: "B", previous: "A", base: 4, at: 110)
        run.ada.sent("m5", as: 5, epoch: "B", at: 108)
        run.ada.saw(Run.messages(5...5), epoch: "B")
        run.bob.saw(.lost("cut"))
        run.bob.joined(Run.messages(5...5), epoch: "B", seq: 5)
        #expect(run.verdict.violations.isEmpty)
    }

    @Test("a reset where nothing was lost is found")
    func needlessReset() {
        var run = Run.flawless
        run.read(upTo: 4, epoch: "B", previous: "A", base: 4, at: 110)
        run.bob.saw(.reset(epoch: "B"))
        run.bob.saw(.history(epoch: "B", Run.messages(1...4)))
        #expect(run.broken == [.honest])
    }

    @Test("a reset is fine where an epoch was missed in between")
    func twoEpochs() {
        var run = Run.flawless
        run.read(upTo: 4, epoch: "B", previous: "A", base: 4, at: 110)
        run.read(upTo: 4, epoch: "C", previous: "B", base: 4, at: 111)
        run.bob.saw(.reset(epoch: "C"))
        run.bob.saw(.history(epoch: "C", Run.messages(1...4)))
        #expect(run.verdict.violations.isEmpty)
    }

    // MARK: History and order

    @Test("an acknowledged message that history does not hold is found")
    func notInHistory() {
        var run = Run.flawless
        run.ada.sent("m9", as: 5, at: 90)
        #expect(run.broken == [.kept])
    }

    @Test("an older state of Redis excuses only what was written after the copy")
    func lossBeforeTheCopy() {
        var run = Run.flawless
        run.losses = [RunRecord.Loss(copied: .seconds(95), stopped: .seconds(99))]
        run.ada.sent("m9", as: 5, at: 90)
        #expect(run.broken == [.kept])
    }

    @Test("one number for two messages is found")
    func twoOrders() {
        var run = Run.flawless
        run.ada.sent("x3", as: nil, at: 30)
        run.ada.record.sends[4].isFailed = true
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...2), seq: 2)
        run.bob.saw([Run.message(3, id: "x3"), Run.message(4)])
        #expect(run.broken == [.order])
    }

    @Test("an ack with another number than the first is found")
    func twoAcks() {
        var run = Run.flawless
        run.ada.record.sends[3].acks.append(SendRecord.Ack(epoch: "A", seq: 5, at: .seconds(60)))
        #expect(run.broken.contains(.once))
    }

    @Test("one member's messages out of their order are found, unless it gave one up, or Redis lost one")
    func senderOrder() {
        var run = Run()
        run.read(upTo: 4, at: 101)
        run.ada.record.sends.swapAt(1, 2)
        run.ada.joined(seq: 0)
        run.ada.saw(Run.messages(1...4))
        run.bob.joined(Run.messages(1...4), seq: 4)
        #expect(run.broken == [.order])
        run.losses = [RunRecord.Loss(copied: .zero, stopped: .seconds(1_000))]
        #expect(run.verdict.violations.isEmpty)
        run.losses = []
        run.ada.record.sends[1].isFailed = true
        #expect(run.verdict.violations.isEmpty)
    }

    @Test("a history with a hole is found, and one that was rewritten")
    func badHistory() {
        var run = Run.flawless
        run.read(upTo: 4, without: [2], at: 120)
        #expect(run.broken == [.order])
        run = Run.flawless
        run.read(upTo: 4, ids: [2: "x2"], at: 120)
        #expect(run.broken.contains(.order))
    }

    // MARK: Rosters and servers

    @Test("a ghost in Redis or in one client's roster is found")
    func ghosts() {
        var run = Run.flawless
        run.read(upTo: 4, members: ["socket-ada", "socket-bob", "socket-ghost"], at: 120)
        #expect(run.broken == [.rosters])
        run = Run.flawless
        run.bob.record.roster = ["socket-ada", "socket-bob", "socket-ghost"]
        #expect(run.broken == [.rosters])
    }

    @Test("somebody missing from a roster is found")
    func missing() {
        var run = Run.flawless
        run.bob.record.roster = ["socket-bob"]
        #expect(run.broken == [.rosters])
        #expect(run.verdict.violations[0].evidence == ["missing: socket-ada, ada"])
    }

    @Test("a server that ended by itself is found, with its last words")
    func crash() {
        var run = Run.flawless
        var server = ServerRecord(name: "server 0")
        server.troubles = [.init(at: .seconds(5), words: "ended by itself, status 132", lastLines: ["Fatal error"])]
        run.servers = [server]
        #expect(run.broken == [.alive])
        #expect(run.verdict.violations[0].evidence == ["Fatal error"])
    }

    @Test("a run that never came to its end is no success")
    func unsettled() {
        var record = Run.flawless.record
        record.isSettled = false
        #expect(Judge(record: record).verdict().violations.map(\.guarantee) == [.answered])
    }

    @Test("of a lost message it is told who sent it, who saw it, and who didn't")
    func witnesses() throws {
        var run = Run.flawless
        run.bob = .init("bob")
        run.bob.joined(Run.messages(1...1), seq: 1)
        run.bob.saw(Run.messages(3...4))
        let violation = try #require(run.verdict.violations.first)
        #expect(violation.messages == ["m2"])
        let words = Witnesses(record: run.record).words(on: "m2")
        #expect(words[0].contains("sent by ada (socket-ada) at 20.000s"))
        #expect(words[1].contains("acknowledged at 21.000s as 2 of epoch A"))
        #expect(words.contains { $0.contains("not seen by bob") })
        #expect(words.contains { $0.contains("ada saw 2 of epoch A") })
        #expect(words.last == "m2: in history as [2]")
    }

    @Test("a server that uses more and more memory is found")
    func memory() {
        var run = Run.flawless
        var server = ServerRecord(name: "server 0")
        (server.startMemory, server.mostMemory) = (20 << 20, 100 << 20)
        run.servers = [server]
        #expect(run.verdict.violations.isEmpty)
        run.servers[0].mostMemory = 400 << 20
        #expect(run.broken == [.memory])
    }

    @Test("the first violation in time comes first")
    func byTime() {
        var run = Run.flawless
        run.bob.record.roster = ["socket-bob"]
        run.ada.saw(.takenOver, at: 70)
        run.bob.saw(.takenOver, at: 60)
        #expect(run.verdict.violations.map(\.at) == [.seconds(60), .seconds(70), nil])
    }
}
