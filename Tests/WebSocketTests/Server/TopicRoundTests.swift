import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite("A topic's rounds", .timeLimit(.minutes(2)))
struct TopicRoundTests {
    private enum Step {
        case publish, deliverSection, deliverAll
        case speak(Int)
        case comeOrGo(Int)

        static func random(listeners: Int, using random: inout some RandomNumberGenerator) -> Step {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: .publish
            case 3..<6: .deliverSection
            case 6: .deliverAll
            case 7: .speak(.random(in: 0..<listeners, using: &random))
            default: .comeOrGo(.random(in: 0..<listeners, using: &random))
            }
        }
    }

    @Test(
        "whoever comes, goes or is spoken to in the middle of a round: each gets what is said while it listens, once, in order",
        arguments: [UInt64](1...12), [1, 2, 3])
    func anyOrder(_ seed: UInt64, sectionSize: Int) async throws {
        try await TestServer.runAlone(.init(), TestHandler()) { server in
            let clients = try await (0..<9).asyncMap { _ in try await server.client() }
            let ids = try await server.sessions(9)
            let expected = await server.onLoop(0) { context, loop in
                var random = SeededGenerator(seed: seed)
                let topic = Topic("a", sectionSize: sectionSize)
                let sessions = ids.compactMap { context.session($0) }
                var expected = [[String]](repeating: [], count: sessions.count)
                for number in 0..<400 {
                    switch Step.random(listeners: sessions.count, using: &random) {
                    case .publish:
                        _ = topic.append(.text("\(number)".utf8), on: loop)
                        for (index, session) in sessions.enumerated() where topic.hears(session) {
                            expected[index].append("\(number)")
                        }
                    case .deliverSection: _ = topic.deliverNextSection(atOnceUpTo: 1_000, on: loop)
                    case .deliverAll: topic.deliver(on: loop)
                    case .speak(let index):
                        topic.deliver(to: sessions[index], on: loop)
                        sessions[index].send(text: "own \(number)", on: loop)
                        expected[index].append("own \(number)")
                    case .comeOrGo(let index):
                        topic.deliver(to: sessions[index], on: loop)
                        if !topic.remove(sessions[index]) { topic.add(sessions[index]) }
                    }
                }
                topic.deliver(on: loop)
                #expect(!topic.hasWaiting && !topic.isInRound)
                for (index, session) in sessions.enumerated() {
                    session.send(text: "end", on: loop)
                    expected[index].append("end")
                }
                return expected
            }
            for (client, texts) in zip(clients, expected) {
                var received: [WebSocketMessage] = []
                while received.last != .text("end") { received.append(try await client.receive()) }
                #expect(received == texts.map { .text($0) })
            }
        }
    }

    @Test("a round goes on from tick to tick, and whoever's turn comes later gets what was said meanwhile as well")
    func meanwhile() async throws {
        try await TestServer.runAlone(.init(), TestHandler()) { server in
            let clients = try await (0..<3).asyncMap { _ in try await server.client() }
            let ids = try await server.sessions(3)
            await server.onLoop(0) { context, loop in
                let topic = Topic("a", sectionSize: 1)
                for id in ids { context.session(id).map { topic.add($0) } }
                let frames = (1...2).map { SharedFrame.text("\($0)".utf8) }
                _ = topic.append(frames[0], on: loop)
                var isOver = [topic.deliverNextSection(atOnceUpTo: 100, on: loop)]
                #expect(topic.isInRound)
                _ = topic.append(frames[1], on: loop)
                for _ in 0..<2 { isOver.append(topic.deliverNextSection(atOnceUpTo: 100, on: loop)) }
                #expect(isOver == [false, false, true])
                // The first has only the first of them; the others have both.
                #expect(topic.hasWaiting && !topic.isInRound)
                topic.deliver(on: loop)
                #expect(!topic.hasWaiting)
            }
            for client in clients {
                for text in ["1", "2"] { #expect(try await client.receive() == .text(text)) }
            }
        }
    }

    @Test(
        "where one frame of several is too much, the lowest mark of it and all behind it is told: none of them is sent",
        arguments: [false, true])
    func lowestMark(isCompressing: Bool) async throws {
        let lowest = Recorder<Int>()
        var handler = TestHandler()
        handler.onOverflowed = { session, mark, loop in
            lowest.record(mark)
            session.neighbours.topics.unsubscribe(session, from: "a", on: loop)
        }
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 5_000
        configuration.compression = isCompressing ? .init() : nil
        try await TestServer.runAlone(configuration, handler) { server in
            let offer = "Sec-WebSocket-Extensions: permessage-deflate"
            let peer = try await RawPeer.upgraded(to: server.address, fields: [offer], on: server.server.group.next())
            let id = try await server.sessions(1)[0]
            await server.onLoop(0) { context, loop in
                guard let session = context.session(id) else { return }
                #expect(session.isCompressing == isCompressing)
                session.dropsMarked = true
                let topics = context.topics
                topics.subscribe(session, to: "a", on: loop)
                session.send(SharedFrame(.binary([UInt8](repeating: 1, count: 4_900))), on: loop)
                for (text, mark) in [("of no number", Int.max), ("message 101", 101), ("message 102", 102)] {
                    let long = text + String(repeating: ".", count: 150)
                    topics.publish(.text(long.utf8, mark: mark), to: "a", on: loop)
                }
                // Spoken to, it first gets what waits.
                session.send(text: "own", on: loop)
                #expect(lowest.events == [101])
            }
            withExtendedLifetime(peer) {}
        }
    }
}
