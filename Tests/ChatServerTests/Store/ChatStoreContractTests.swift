import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

extension LiveTests {
    @Suite("What both stores promise")
    struct ChatStoreContractTests {
        @Test(
            "messages are numbered from 1 without holes; receipts, feed and history tell one order",
            arguments: StoreKind.allCases)
        func numbering(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            var receipts: [Receipt] = []
            for index in 1...20 { receipts.append(try await fixture.say("text \(index)")) }
            #expect(receipts.map(\.seq) == Array(1...20))
            #expect(Set(receipts.map(\.epoch)).count == 1)
            let reading = try await fixture.read()
            #expect(reading.seq == 20 && reading.epoch == receipts[0].epoch && !reading.isPartial)
            #expect(reading.messages.map { JSONValue($0.json)?["message"].string } == (1...20).map { "text \($0)" })
            #expect(reading.messages.map { JSONValue($0.json)?["seq"].int } == Array(1...20))
            try await fixture.hears((1...20).map { "message \($0)" })
            await fixture.stop()
        }

        @Test(
            "sends from many tasks at once are numbered without holes, and shown in that order",
            arguments: StoreKind.allCases)
        func concurrency(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let seqs = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<200 { group.addTask { try await fixture.say(by: "s\(index % 7)").seq } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(seqs.sorted() == Array(1...200))
            try await fixture.hears((1...200).map { "message \($0)" })
            await fixture.stop()
        }

        @Test(
            "a repeated send gets its first receipt and is shown once; another's same id is another send",
            arguments: StoreKind.allCases)
        func repeats(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let first = try await fixture.say("one", id: "x")
            try await fixture.say("two", id: "y")
            #expect(try await fixture.say("one", id: "x") == first)
            #expect(try await fixture.say("something else", id: "x") == first)
            #expect(try await fixture.say("of bob", id: "x", by: "bob").seq == 3)
            #expect(try await fixture.read().messages.count == 3)
            try await fixture.hears(["message 1", "message 2", "message 3"])
            await fixture.stop()
        }

        @Test("of 3,000 messages the newest 1,000 are kept", arguments: StoreKind.allCases)
        func retention(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            // A hundred at a time: none waits for as long as calls are held, however slow the machine is.
            for _ in 0..<30 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { try await fixture.say() } }
                    try await group.waitForAll()
                }
            }
            let newest = try await fixture.read(.newest(10_000))
            #expect(newest.messages.map(\.seq) == Array(2_001...3_000))
            let oldest = try await fixture.page(before: 2_002, limit: 5)
            #expect(oldest.messages.map(\.seq) == [2_001] && oldest.isComplete)
            await fixture.stop()
        }

        @Test("the newest, and what follows a number, page by page", arguments: StoreKind.allCases)
        func readings(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            let count = RoomReading.pageSize + 3
            for _ in 0..<count { try await fixture.say() }
            #expect(try await fixture.read(.newest(0)).messages.isEmpty)
            #expect(try await fixture.read(.newest(2)).messages.map(\.seq) == [count - 1, count])
            #expect(try await fixture.read(.newest(10_000)).messages.map(\.seq) == Array(1...count))
            let first = try await fixture.read(.after(0))
            #expect(
                first.messages.map(\.seq) == Array(1...RoomReading.pageSize) && first.isPartial && first.seq == count)
            let second = try await fixture.read(.after(RoomReading.pageSize))
            #expect(second.messages.count == 3 && !second.isPartial)
            let whole = try await fixture.read(.after(3))
            #expect(
                whole.messages.count == RoomReading.pageSize && !whole.isPartial, "a page that holds the rest exactly")
            for seq in [count, count + 1, 1_000_000] {
                let none = try await fixture.read(.after(seq))
                #expect(none.messages.isEmpty && !none.isPartial && none.seq == count)
            }
            await fixture.stop()
        }

        @Test("older messages, page by page, and where they end", arguments: StoreKind.allCases)
        func pages(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            for _ in 0..<10 { try await fixture.say() }
            func page(_ before: Int?, _ limit: Int) async throws -> ([Int], Bool) {
                let page = try await fixture.page(before: before, limit: limit)
                return (page.messages.map(\.seq), page.isComplete)
            }
            #expect(try await page(nil, 3) == ([8, 9, 10], false))
            #expect(try await page(8, 3) == ([5, 6, 7], false))
            #expect(try await page(4, 3) == ([1, 2, 3], true))
            #expect(try await page(5, 3) == ([2, 3, 4], false))
            #expect(try await page(1, 3) == ([], true))
            #expect(try await page(2, 1) == ([1], true))
            #expect(try await page(.max, 100) == (Array(1...10), true))
            #expect(try await fixture.page(before: nil, limit: 1).epoch == fixture.read().epoch)
            await fixture.stop()
        }

        @Test(
            "joining, renaming and leaving count the roster's changes and are told in that order",
            arguments: StoreKind.allCases)
        func roster(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let ada = try await fixture.join("ada", name: "Ada")
            let bob = try await fixture.join("bob")
            #expect(ada.rev == 1 && bob.rev == 2 && ada.epoch == bob.epoch)
            #expect(ada.member.joined > 1_600_000_000_000, "by the store's clock")
            try await fixture.rename(ada.member, to: "Ada L.")
            try await fixture.leave("bob")
            let reading = try await fixture.read()
            #expect(reading.rev == 4 && reading.epoch == ada.epoch)
            #expect(reading.roster.map(\.member.username) == ["Ada L."])
            #expect(reading.roster.map(\.member.joined) == [ada.member.joined])
            #expect(reading.roster.map(\.server) == ["server"] && reading.roster.map(\.generation) == [ada.generation])
            try await fixture.hears(["add ada", "add bob", "update ada Ada L.", "delete bob"])
            let revs = fixture.feed.events.compactMap { event -> Int? in
                if case .payload(_, let json) = event { JSONValue(json)?["rev"].int } else { nil }
            }
            #expect(revs == [1, 2, 3, 4])
            await fixture.stop()
        }

        @Test(
            "a join, a rename or a leave that is repeated changes nothing, and is told once",
            arguments: StoreKind.allCases)
        func rosterRepeats(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let first = try await fixture.join("ada", name: "Ada")
            let again = try await fixture.join("ada", name: "Other")
            #expect(again == first)
            for _ in 0..<2 { try await fixture.rename(first.member, to: "Ada L.") }
            for _ in 0..<2 { try await fixture.leave("ada") }
            try await fixture.rename(first.member, to: "Nobody")
            try await fixture.leave("stranger")
            #expect(try await fixture.read().rev == 3)
            #expect(try await fixture.read().roster.isEmpty)
            try await fixture.hears(["add ada", "update ada Ada L.", "delete ada"])
            await fixture.stop()
        }

        @Test(
            "who has attached again stays when the old attachment leaves or is renamed", arguments: StoreKind.allCases)
        func generations(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            let ada = try await fixture.join("ada")
            try await fixture.leave("ada", offset: 1)
            try await fixture.leave("ada", offset: -1)
            try await fixture.rename(ada.member, to: "Other", offset: 1)
            let reading = try await fixture.read()
            #expect(reading.roster.map(\.member.username) == ["ada"] && reading.rev == 1)
            await fixture.stop()
        }

        @Test(
            "of a member's connections the one opened last has it, whichever is attached last, unless they came together",
            arguments: StoreKind.allCases)
        func openings(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.learnsTime()
            let now = ContinuousClock.now
            let newest = try await fixture.join("ada", attempt: "newest", opened: now)
            let leftBehind = now - RedisClock.tolerance * 3
            #expect(try await fixture.attach("ada", attempt: "older", opened: leftBehind) == nil)
            #expect(try await fixture.read().roster.map(\.generation) == [newest.generation])
            // Not when it has left for good, either.
            try await fixture.leave("ada")
            #expect(try await fixture.attach("ada", attempt: "older", opened: leftBehind) == nil)
            #expect(try await fixture.read().roster.isEmpty)
            let together = try await fixture.attach("ada", attempt: "as old", opened: now - RedisClock.tolerance / 2)
            #expect(together?.generation ?? 0 > newest.generation)
            // The latest of the times counts, not that of the last to be attached.
            let older = now - RedisClock.tolerance * 5 / 4
            #expect(try await fixture.attach("ada", attempt: "older than the newest", opened: older) == nil)
            await fixture.stop()
        }

        @Test("rooms know nothing of each other", arguments: StoreKind.allCases)
        func independence(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            let other = StoreFixture.uniqueRoom()
            try await fixture.open()
            try await fixture.say("here", id: "x")
            #expect(try await fixture.say("there", id: "x", in: other).seq == 1)
            try await fixture.join("bob", in: other)
            let (here, there) = (try await fixture.read(), try await fixture.read(in: other))
            #expect(here.messages.count == 1 && here.roster.isEmpty && here.rev == 0)
            #expect(there.messages.count == 1 && there.roster.count == 1 && there.rev == 1)
            #expect(here.epoch != there.epoch)
            #expect(fixture.heard == ["message 1"])
            await fixture.stop()
        }

        @Test("a room that was only looked at keeps its epoch; it begins at 0", arguments: StoreKind.allCases)
        func epoch(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            let empty = try await fixture.read()
            #expect(
                empty.seq == 0 && empty.rev == 0 && empty.roster.isEmpty && empty.messages.isEmpty
                    && !empty.epoch.isEmpty)
            #expect(empty.previousEpoch == nil)
            #expect(try await fixture.say().epoch == empty.epoch)
            #expect(try await fixture.join("ada").epoch == empty.epoch)
            #expect(try await fixture.read(.after(0)).epoch == empty.epoch)
            await fixture.stop()
        }

        @Test(
            "an open room is confirmed before its payloads; a closed one is silent; opened again it is confirmed again",
            arguments: StoreKind.allCases)
        func opening(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.say()
            try await fixture.open()
            try await fixture.say()
            try await fixture.hears(["message 2"])
            #expect(fixture.feed.events.first == .confirmed(fixture.room))
            fixture.store.close(fixture.room)
            try await fixture.say()
            fixture.store.open(fixture.room)
            try await fixture.feed.wait("it is confirmed again") { [room = fixture.room] events in
                events.count { $0 == .confirmed(room) } == 2
            }
            try await fixture.say()
            try await fixture.hears(["message 2", "message 4"])
            fixture.store.open(fixture.room)
            try await fixture.feed.wait("who opens an open room hears so") { [room = fixture.room] events in
                events.count { $0 == .confirmed(room) } == 3
            }
            await fixture.stop()
        }

        @Test("typing is told and not kept", arguments: StoreKind.allCases)
        func typing(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let ada = try await fixture.join("ada")
            try await fixture.store.announceTyping("ada", epoch: ada.epoch, in: fixture.room, on: fixture.loop)
            try await fixture.store.renew(fixture.room, sockets: ["ada"], on: fixture.loop)
            try await fixture.hears(["add ada", "typing ada"])
            #expect(try await fixture.read().seq == 0)
            await fixture.stop()
        }

        static let hostile: [String] = [
            #"" \ / {} [] : , '"#, #"","server":"x","generation":7}"#, #"},"data":{"seq":1,"#, "%d %s %% %1 %f",
            "]] ]==] --[[",
            "${x} $1 `x` $(x)", "\u{2028}\u{2029}\u{FEFF}", "e\u{301} é 👩‍👩‍👧‍👦 愛 علي", "KEYS[1] ARGV[1]", "\\u0000 \\n",
            "</script><img src=x onerror=alert(1)>", "1e999", "null", "0x10", ":;|&",
        ]

        @Test(
            "texts and names come back as they were, scalar by scalar, whatever they hold",
            arguments: StoreKind.allCases)
        func hostileTexts(kind: StoreKind) async throws {
            let fixture = try await StoreFixture.make(kind)
            try await fixture.open()
            let texts = Self.hostile + ["\0\u{1}\u{1F}\u{7F}\r\n\t", String(repeating: "\u{1}", count: 8_192)]
            for (index, text) in texts.enumerated() {
                let name = Member.validName(text) ?? "plain"
                let attachment = try await fixture.join("s\(index)", name: name)
                #expect(attachment.member.username.unicodeScalars.elementsEqual(name.unicodeScalars))
                let message = OutgoingMessage(id: "id", member: attachment.member, text: text)
                _ = try await fixture.store.append(message, to: fixture.room, on: fixture.loop)
            }
            let reading = try await fixture.read()
            let read = reading.messages.compactMap { JSONValue($0.json)?["message"].string }
            #expect(read.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
            #expect(reading.roster.count == texts.count)
            for member in reading.roster {
                #expect(Member.validName(member.member.username) == member.member.username)
                try await fixture.rename(member.member, to: "x\\\"%")
                try await fixture.leave(member.member.socket)
            }
            #expect(try await fixture.read().roster.isEmpty)
            try await fixture.feed.wait("all of it is told") { $0.count == 1 + texts.count * 4 }
            for case .payload(_, let json) in fixture.feed.events {
                #expect(RoomPayload(json, sizeLimit: RoomPayload.sizeLimit(text: 8_192)) != nil)
            }
            await fixture.stop()
        }
    }
}
