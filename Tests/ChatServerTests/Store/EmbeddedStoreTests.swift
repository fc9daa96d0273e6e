import TestSupport
import Testing

@testable import ChatServer
@testable import Rooms

@Suite("The embedded store is bounded")
struct EmbeddedStoreTests {
    private func room(_ index: Int) throws -> RoomName { try #require(RoomName("room\(index)")) }

    @Test("beyond the maximum the longest unused room is forgotten; one with members, or an open one, never")
    func rooms() async throws {
        let fixture = await StoreFixture.embedded(.init(rooms: 4))
        let epochs = try await (0..<4).asyncMap { try await fixture.say(in: room($0)).epoch }
        try await fixture.join("ada", in: room(0))
        fixture.store.open(try room(1))
        _ = try await fixture.read(in: room(2))
        // Now room 3 is the longest unused that may go, then room 2.
        _ = try await fixture.say(in: room(4))
        #expect(try await fixture.read(in: room(2)).epoch == epochs[2])
        #expect(try await fixture.read(in: room(3)).epoch != epochs[3])
        for index in 5..<50 { _ = try await fixture.say(in: room(index)) }
        #expect(try await fixture.read(in: room(0)).epoch == epochs[0])
        #expect(try await fixture.read(in: room(1)).epoch == epochs[1])
        #expect(try await fixture.read(in: room(2)).epoch != epochs[2])
    }

    @Test("a send of a room that was forgotten since is a new one")
    func forgottenSend() async throws {
        let fixture = await StoreFixture.embedded(.init(rooms: 1))
        let first = try await fixture.say(id: "x")
        _ = try await fixture.say(in: room(1))
        let second = try await fixture.say(id: "x")
        #expect(second.epoch != first.epoch && second.seq == 1)
        #expect(try await fixture.read().messages.count == 1)
        #expect(try await fixture.say(id: "x") == second)
    }

    @Test("sends are remembered for their time, and no more of them than so many")
    func recentSends() {
        var sends = RecentSends(window: .seconds(300), limit: 3)
        let start = ContinuousClock.now
        func key(_ id: Int) -> RecentSends.Key { .init(room: .lobby, socket: "s", id: "\(id)") }
        func receipt(_ seq: Int) -> Receipt { Receipt(epoch: "e", seq: seq) }
        for id in 1...5 { sends.record(receipt(id), of: key(id), at: start + .seconds(id)) }
        #expect(sends.count == 3)
        #expect(sends.receipt(of: key(2), at: start + .seconds(5)) == nil)
        #expect(sends.receipt(of: key(3), at: start + .seconds(5)) == receipt(3))
        #expect(sends.receipt(of: key(3), at: start + .seconds(302)) == receipt(3))
        #expect(sends.receipt(of: key(3), at: start + .seconds(303)) == nil)
        #expect(sends.receipt(of: key(5), at: start + .seconds(304)) == receipt(5))
        sends.record(receipt(9), of: key(5), at: start + .seconds(304))
        #expect(sends.receipt(of: key(5), at: start + .seconds(310)) == receipt(9), "recorded again, it is young again")
        for id in 10..<20_000 { sends.record(receipt(id), of: key(id), at: start + .seconds(400)) }
        #expect(sends.count == 3)
        #expect(sends.receipt(of: key(0), at: start + .seconds(1_000)) == nil)
        #expect(sends.count == 0)
    }
}

extension Sequence {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
