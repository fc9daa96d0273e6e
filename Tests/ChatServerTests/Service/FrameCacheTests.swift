import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms
@testable import WebSocket

@Suite("What many are shown alike")
struct FrameCacheTests {
    private static let frames = PageFrames(
        server: "s", limits: ClientLimits(text: 1_000, message: 8_000, history: 50), pageBytes: 10_000,
        rosterLimit: 1_000)

    private static func view(members: Int, messages: Int, rev: Int = 1, bytes: Int = 100) -> RoomView {
        RoomView(
            epoch: "e", previousEpoch: nil, base: 0, seq: messages, rev: rev,
            roster: Roster((0..<members).map { ModelRoom.member("socket\($0)") }),
            ring: (0..<messages).map { index in
                StoredMessage(seq: index + 1, json: [UInt8](repeating: UInt8(ascii: "x"), count: bytes))
            })
    }

    @Test("a thousand who come into a room of a thousand are shown one roster, encoded once")
    func roster() async {
        let counts = await TestLoops.next().run { loop -> [Int] in
            let cache = FrameCache(isCompressible: false)
            var made = 0
            func show(_ view: RoomView, on loop: isolated EventLoop) {
                _ = cache.roster(of: .lobby, view, on: loop) {
                    made += 1
                    return Self.frames.roster(view)
                }
            }
            let view = Self.view(members: 1_000, messages: 0)
            for _ in 0..<1_000 { show(view, on: loop) }
            // Connections that are replaced count the revision up, and nothing else.
            for rev in 2..<100 { show(Self.view(members: 1_000, messages: 0, rev: rev), on: loop) }
            let before = made
            show(Self.view(members: 999, messages: 0, rev: 100), on: loop)
            return [before, made, cache.encodedCount]
        }
        #expect(counts == [1, 2, 2])
    }

    @Test("a part of the log is encoded once; another part, another form or another room by itself")
    func log() async {
        let count = await TestLoops.next().run { loop in
            let cache = FrameCache(isCompressible: false)
            let keys = [(1, 9, true), (1, 9, false), (2, 9, true), (1, 8, true)].map { first, last, isHistory in
                FrameCache.LogKey(room: .lobby, epoch: "e", first: first, last: last, isHistory: isHistory)
            }
            for _ in 0..<100 {
                for key in keys { _ = cache.log(key, on: loop) { [PageFrames.Frame(json: [1])] } }
            }
            return cache.encodedCount
        }
        #expect(count == 4)
    }

    @Test("no more is kept than may be")
    func bounded() async {
        let count = await TestLoops.next().run { loop in
            let cache = FrameCache(byteLimit: 1_000, isCompressible: false)
            for _ in 0..<3 {
                for number in 0..<4 {
                    let key = FrameCache.LogKey(
                        room: .lobby, epoch: "e", first: number, last: number, isHistory: true)
                    _ = cache.log(key, on: loop) { [PageFrames.Frame(json: [UInt8](repeating: 0, count: 400))] }
                }
            }
            return cache.encodedCount
        }
        #expect(count == 12)
    }

    @Test("a beginning has one history of a page's size, and the rest as messages, whatever it is the beginning of")
    func beginnings() {
        let view = Self.view(members: 2, messages: 50, bytes: 1_000)
        let ticket = JoinTicket(
            connection: ConnectionID(rawValue: 1), room: .lobby, socket: "socket1", secret: "s")
        let positions: [(CatchUpStage, RoomPosition?)] = [
            (.opening, nil), (.opening, RoomPosition(epoch: "lost", seq: 3)),
            (.healing, RoomPosition(epoch: "lost", seq: 3)), (.opening, RoomPosition(epoch: "e", seq: 20)),
        ]
        for (stage, position) in positions {
            guard case .page(let page) = view.step(after: position, history: 50, bytes: 100_000) else {
                Issue.record("the view has it all")
                continue
            }
            let shown = Self.frames.frames(page, of: view, for: ticket, stage, own: nil)
            let topics = shown.map { String(decoding: $0.json.prefix(30), as: UTF8.self).split(separator: "\"")[3] }
            let histories = topics.indices.filter { topics[$0] == "message_history" }
            #expect(histories.count == 1 && shown[histories[0]].json.count <= 10_100 && shown[histories[0]].mark == 0)
            let count = position?.seq == 20 ? 30 : 50
            #expect(topics.count { $0 == "messages" } == count - 9)
            #expect(topics.count { $0 == "member_history" } == 1)
            #expect(topics.contains("reset") == (position?.epoch == "lost"))
        }
    }
}
