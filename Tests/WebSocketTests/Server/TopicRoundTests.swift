import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite("A topic's rounds", .timeLimit(.minutes(2)))
struct TopicRoundTests {
    private enum Step {
        case publish, deliverSection, deliverAll, endTurn
        case speak(Int)
        case comeOrGo(Int)
        case fill(Int)

        static func random(listeners: Int, using random: inout some RandomNumberGenerator) -> Step {
            switch Int.random(in: 0..<14, using: &random) {
            case 0..<4: .publish
            case 4..<7: .deliverSection
            case 7: .deliverAll
            case 8..<10: .speak(.random(in: 0..<listeners, using: &random))
            case 10..<12: .comeOrGo(.random(in: 0..<listeners, using: &random))
            case 12: .fill(.random(in: 0..<listeners, using: &random))
            default: .endTurn
            }
        }
    }

    /// A topic, those who may listen to it, and what each of them is to get.
    private final class Audience {
        static let budget = 5_000

        let topic: Topic
        let sessions: [WebSocketSession]
        private(set) var expected: [[(text: String, number: Int)]]
        private(set) var overflows = 0
        /// Those that hear just now that they had too much: they come back later.
        private var leaving: Set<Int> = []
        private var number = 0
        private var random: SeededGenerator

        init(_ sessions: [WebSocketSession], sectionSize: Int, seed: UInt64) {
            topic = Topic("a", sectionSize: sectionSize)
            self.sessions = sessions
            expected = sessions.map { _ in [] }
            random = SeededGenerator(seed: seed)
            for session in sessions { session.dropsMarked = true }
        }

        /// As many steps as the loop takes in one turn.
        func play(on loop: isolated EventLoop) {
            while true {
                number += 1
                switch Step.random(listeners: sessions.count, using: &random) {
                case .publish: publish(on: loop)
                case .deliverSection: _ = topic.deliverNextSection(atOnceUpTo: 1_000, on: loop)
                case .deliverAll: topic.deliver(on: loop)
                case .speak(let index): say("own \(number)", to: index, on: loop)
                case .comeOrGo(let index): comeOrGo(index, on: loop)
                case .fill(let index):
                    // What is delivered to it in this turn is too much.
                    let room = Self.budget - sessions[index].queuedByteCount - 4
                    if room > 1_000 { say(String(repeating: ".", count: room), to: index, on: loop) }
                case .endTurn: return
                }
            }
        }

        private func publish(on loop: isolated EventLoop) {
            _ = topic.append(.text("\(number)".utf8, mark: number), on: loop)
            for (index, session) in sessions.enumerated() where topic.hears(session) {
                expected[index].append(("\(number)", number))
            }
        }

        private func comeOrGo(_ index: Int, on loop: isolated EventLoop) {
            topic.deliver(to: sessions[index], on: loop)
            if !topic.remove(sessions[index]) { topic.add(sessions[index]) }
        }

        private func say(_ text: String, to index: Int, on loop: isolated EventLoop) {
            topic.deliver(to: sessions[index], on: loop)
            if sessions[index].queuedByteCount + text.utf8.count + 4 > Self.budget { return }
            sessions[index].send(text: text, on: loop)
            expected[index].append((text, 0))
        }

        func overflowed(_ session: WebSocketSession, _ lowest: Int, on loop: isolated EventLoop) {
            overflows += 1
            _ = topic.remove(session)
            session.caughtUp(on: loop)
            guard let index = sessions.firstIndex(where: { $0 === session }) else { return }
            expected[index].removeAll { $0.number >= lowest }
            leaving.insert(index)
            defer { leaving.remove(index) }
            // Others may be concerned: all that can happen to them happens here as well.
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                number += 1
                let other = Int.random(in: 0..<sessions.count, using: &random)
                if leaving.contains(other) { continue }
                switch Int.random(in: 0..<4, using: &random) {
                case 0: publish(on: loop)
                case 1: say("own \(number)", to: other, on: loop)
                default: comeOrGo(other, on: loop)
                }
            }
        }

        func end(on loop: isolated EventLoop) {
            topic.deliver(on: loop)
            for index in sessions.indices { say("end", to: index, on: loop) }
        }
    }

    @Test(
        "whoever comes, goes, is spoken to or has too much in the middle of a round: each gets what is said while it listens, once, in order",
        arguments: [UInt64](1...12), [1, 2, 3, 9])
    func anyOrder(_ seed: UInt64, sectionSize: Int) async throws {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = Audience.budget
        var handler = TestHandler()
        handler.onOverflowed = { session, lowest, loop in
            (session.neighbours.context as? Audience)?.overflowed(session, lowest, on: loop)
        }
        try await TestServer.runAlone(configuration, handler) { server in
            let clients = try await (0..<9).asyncMap { _ in try await server.client() }
            let ids = try await server.sessions(9)
            let audience = await server.onLoop(0) { context, loop in
                let sessions = ids.compactMap { context.session($0) }
                let audience = Audience(sessions, sectionSize: sectionSize, seed: seed)
                context.context = audience
                return LoopBound(audience, on: loop)
            }
            for _ in 0..<60 { await server.onLoop(0) { _, loop in audience.open(on: loop).play(on: loop) } }
            let expected = await server.onLoop(0) { _, loop in
                let audience = audience.open(on: loop)
                audience.end(on: loop)
                #expect(!audience.topic.hasWaiting && !audience.topic.isInRound && audience.overflows > 0)
                return audience.expected.map { $0.map(\.text) }
            }
            for (client, texts) in zip(clients, expected) {
                var received: [WebSocketMessage] = []
                while received.last != .text("end") { received.append(try await client.receive()) }
                #expect(received == texts.map { .text($0) })
            }
        }
    }

    @Test("who has been spoken to and takes the place of one that had too much isn't given the same again")
    func takingAPlace() async throws {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 5_000
        var handler = TestHandler()
        handler.onOverflowed = { session, _, loop in
            session.neighbours.topics.unsubscribe(session, from: "a", on: loop)
            session.caughtUp(on: loop)
        }
        try await TestServer.runAlone(configuration, handler) { server in
            let clients = try await (0..<3).asyncMap { _ in try await server.client() }
            let ids = try await server.sessions(3)
            await server.onLoop(0) { context, loop in
                let sessions = ids.compactMap { context.session($0) }
                for session in sessions {
                    session.dropsMarked = true
                    context.topics.subscribe(session, to: "a", on: loop)
                }
                // No room for more.
                sessions[0].send(.binary([UInt8](repeating: 1, count: 4_990)), on: loop)
                context.topics.publish(.text("published".utf8, mark: 1), to: "a", on: loop)
                sessions[2].send(text: "own", on: loop)
            }
            for client in clients { await client.send("end") }
            let expected: [[WebSocketMessage]] = [
                [.binary([UInt8](repeating: 1, count: 4_990))], [.text("published")],
                [.text("published"), .text("own")],
            ]
            for (client, messages) in zip(clients, expected) {
                for message in messages + [.text("end")] { #expect(try await client.receive() == message) }
            }
        }
    }

    @Test("who is spoken to because another has too much gets what was published before that, first")
    func spokenToInARound() async throws {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 5_000
        var handler = TestHandler()
        handler.onOverflowed = { session, _, loop in
            session.caughtUp(on: loop)
            for other in session.neighbours.allSessions where other !== session { other.send(text: "own", on: loop) }
        }
        try await TestServer.runAlone(configuration, handler) { server in
            let clients = try await (0..<3).asyncMap { _ in try await server.client() }
            let ids = try await server.sessions(3)
            await server.onLoop(0) { context, loop in
                let sessions = ids.compactMap { context.session($0) }
                for session in sessions { context.topics.subscribe(session, to: "a", on: loop) }
                sessions[0].dropsMarked = true
                sessions[0].send(.binary([UInt8](repeating: 1, count: 4_990)), on: loop)
                context.topics.publish(.text("published".utf8, mark: 1), to: "a", on: loop)
            }
            for client in clients[1...] {
                for text in ["published", "own"] { #expect(try await client.receive() == .text(text)) }
            }
            withExtendedLifetime(clients) {}
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
