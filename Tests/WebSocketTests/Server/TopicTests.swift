import TestSupport
import Testing
import Transport

@testable import WebSocket

@Suite(.timeLimit(.minutes(2)))
struct TopicTests {
    /// The first word of a message is what to do with the topic that the second names.
    private static var commands: TestHandler {
        TestHandler(onReceived: { message, session, loop in
            guard case .text(let text) = message else { return }
            let words = text.split(separator: " ").map(String.init)
            let topics = session.neighbours.topics
            switch words[0] {
            case "subscribe": topics.subscribe(session, to: words[1], on: loop)
            case "unsubscribe": topics.unsubscribe(session, from: words[1], on: loop)
            default: break
            }
            session.send(text: "done", on: loop)
        })
    }

    private func tell(_ client: WebSocketClient, _ command: String) async throws {
        await client.send(command)
        #expect(try await client.receive() == .text("done"))
    }

    @Test("what is published reaches every listener on every loop, and nobody else, in order")
    func publish() async throws {
        try await TestServer.run(.init(), Self.commands) { server in
            let clients = try await (0..<6).asyncMap { _ in try await server.client() }
            for client in clients { try await tell(client, "subscribe a") }
            for client in clients[..<3] { try await tell(client, "subscribe b") }
            for number in 0..<100 { server.server.publish(.text("b\(number)".utf8), to: "b") }
            server.server.publish(.text("nobody".utf8), to: "c")
            server.server.publish(.text("end".utf8), to: "a")
            for (index, client) in clients.enumerated() {
                if index < 3 { for number in 0..<100 { #expect(try await client.receive() == .text("b\(number)")) } }
                #expect(try await client.receive() == .text("end"))
            }
            let loops = Set(try await server.sessions(6).map(\.loop))
            #expect(loops.count == TestLoops.group().loops.count)
        }
    }

    @Test("whoever has unsubscribed gets no more; doing either twice changes nothing")
    func unsubscribe() async throws {
        try await TestServer.run(.init(), Self.commands) { server in
            let (stays, leaves) = (try await server.client(), try await server.client())
            for client in [stays, leaves] {
                for _ in 0..<2 { try await tell(client, "subscribe a") }
            }
            server.server.publish(.text("1".utf8), to: "a")
            for client in [stays, leaves] { #expect(try await client.receive() == .text("1")) }
            for _ in 0..<2 { try await tell(leaves, "unsubscribe a") }
            server.server.publish(.text("2".utf8), to: "a")
            #expect(try await stays.receive() == .text("2"))
            try await tell(leaves, "nothing")
        }
    }

    @Test("a session that ends leaves its topics, and a topic without listeners leaves nothing")
    func leftBehind() async throws {
        try await TestServer.run(.init(), Self.commands) { server in
            let clients = try await (0..<4).asyncMap { _ in try await server.client() }
            for (index, client) in clients.enumerated() {
                try await tell(client, "subscribe a")
                try await tell(client, "subscribe own\(index)")
            }
            await clients[0].close()
            await clients[1].abort()
            try await tell(clients[2], "unsubscribe a")
            try await tell(clients[2], "unsubscribe own2")
            try await eventually("two sessions are left") { await server.sessionCount == 2 }
            var left = 0
            for index in server.server.group.loops.indices {
                left += await server.onLoop(index) { context, _ in context.topics.topicCount }
            }
            // The last client's two.
            #expect(left == 2)
            withExtendedLifetime(clients) {}
        }
    }

    @Test("a listener that closes, or is over its budget, during a publish harms no other")
    func closingDuringPublish() async throws {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 5_000
        try await TestServer.runAlone(configuration, Self.commands) { server in
            let clients = try await (0..<9).asyncMap { _ in try await server.client() }
            for client in clients { try await tell(client, "subscribe a") }
            let ids = try await server.sessions(9)
            await server.onLoop(0) { context, loop in
                // Every third has no room for another message.
                for id in ids where id.number % 3 == 0 {
                    context.session(id)?.send(.binary([UInt8](repeating: 1, count: 4_900)), on: loop)
                }
                context.topics.publish(.text([UInt8](repeating: 65, count: 1_000)), to: "a", on: loop)
                context.topics.tickEnds(on: loop)
                #expect(context.topics.count(of: "a") == 6)
                context.topics.publish(.text("next".utf8), to: "a", on: loop)
            }
            for (client, id) in zip(clients, ids) where id.number % 3 != 0 {
                #expect(try await client.receive() == .text(String(repeating: "A", count: 1_000)))
                #expect(try await client.receive() == .text("next"))
            }
        }
    }

    @Test("a publish is one frame for all: each listener holds a reference, never a copy")
    func oneFrame() async throws {
        try await TestServer.runAlone(.init(), Self.commands) { server in
            let clients = try await (0..<20).asyncMap { _ in try await server.client() }
            for client in clients { try await tell(client, "subscribe a") }
            await server.onLoop(0) { context, loop in
                let frame = SharedFrame.text("news".utf8)
                let before = _getRetainCount(frame.bytes)
                // Something waits for each of them: what is published now must wait as well.
                for session in context.allSessions { session.send(text: "first", on: loop) }
                context.topics.publish(frame, to: "a", on: loop)
                context.topics.tickEnds(on: loop)
                #expect(_getRetainCount(frame.bytes) == before + 20)
            }
            for client in clients {
                #expect(try await client.receive() == .text("first"))
                #expect(try await client.receive() == .text("news"))
            }
        }
    }

    @Test("what is published in one tick goes out as one piece, and a session's own messages keep their place in it")
    func oneTick() async throws {
        try await TestServer.runAlone(.init(), Self.commands) { server in
            let clients = try await (0..<3).asyncMap { _ in try await server.client() }
            for client in clients { try await tell(client, "subscribe a") }
            let ids = try await server.sessions(3)
            await server.onLoop(0) { context, loop in
                let frames = (1...4).map { SharedFrame.text("\($0)".utf8) }
                let before = _getRetainCount(frames[0].bytes)
                for frame in frames[..<2] { context.topics.publish(frame, to: "a", on: loop) }
                context.session(ids[0])?.send(text: "own", on: loop)
                #expect(
                    _getRetainCount(frames[0].bytes) == before + 1, "it waits; whoever is spoken to has what was joined"
                )
                context.topics.publish(frames[2], to: "a", on: loop)
                context.topics.unsubscribe(context.allSessions[0], from: "a", on: loop)
                context.topics.subscribe(context.allSessions[0], to: "a", on: loop)
                context.topics.publish(frames[3], to: "a", on: loop)
                context.session(ids[1])?.close(.normalClosure, reason: "", on: loop)
            }
            for (index, client) in clients.enumerated() {
                for text in index == 0 ? ["1", "2", "own", "3", "4"] : ["1", "2", "3", "4"] {
                    #expect(try await client.receive() == .text(text))
                }
            }
            await #expect(throws: WebSocketClientError.closed(.normalClosure, reason: "")) {
                try await clients[1].receive()
            }
        }
    }

    @Test("a peer closed for reading too slowly is given nothing that was published behind what it lost")
    func nothingBehindALoss() async throws {
        var configuration = WebSocketConfiguration()
        configuration.outboundBudget = 20_000
        try await TestServer.runAlone(configuration, Self.commands) { server in
            let peer = try await server.upgradedPeer()
            await peer.send(Client.text("subscribe a"))
            try await peer.receiveFrames(1)
            let id = try await server.sessions(1)[0]
            await server.onLoop(0) { context, loop in
                context.topics.publish(.text("published".utf8), to: "a", on: loop)
                // Delivers what was published, and is itself too much.
                context.session(id)?.send(.binary([UInt8](repeating: 1, count: 30_000)), on: loop)
                context.topics.publish(.text("behind".utf8), to: "a", on: loop)
            }
            let frames = try await peer.receiveFramesToEnd()
            #expect(frames.last?.closeCode == .tryAgainLater && !frames.contains(.text("behind")))
        }
    }

    @Test("a session that has ended can't be subscribed any more")
    func subscribingTheDead() async throws {
        let kept = Recorder<LoopBound<WebSocketSession>>()
        let handler = TestHandler(onOpened: { session, _, loop in kept.record(LoopBound(session, on: loop)) })
        try await TestServer.run(.init(), handler) { server in
            let client = try await server.client()
            let id = try await server.sessions(1)[0]
            await client.close()
            try await server.isEmpty()
            let count = await server.onLoop(id.loop) { context, loop in
                context.topics.subscribe(kept.events[0].open(on: loop), to: "a", on: loop)
                return context.topics.count(of: "a")
            }
            #expect(count == 0)
        }
    }

    @Test(
        "under load a topic rests, and what is said meanwhile is one piece; who comes, goes or is spoken to keeps its place"
    )
    func resting() async throws {
        try await TestServer.runAlone(.init(), Self.commands) { server in
            let clients = try await (0..<4).asyncMap { _ in try await server.client() }
            for client in clients[..<3] { try await tell(client, "subscribe a") }
            let ids = try await server.sessions(4)
            await server.onLoop(0) { context, loop in
                let topic = Topic("a")
                for id in ids[..<3] { context.session(id).map { topic.add($0) } }
                _ = topic.append(.text("1".utf8), on: loop)
                // Spoken to in between, one that comes, and one that goes.
                if let session = context.session(ids[0]) {
                    topic.deliver(to: session, on: loop)
                    topic.deliver(to: session, on: loop)
                    session.send(text: "own", on: loop)
                }
                context.session(ids[3]).map { topic.add($0) }
                _ = topic.append(.text("2".utf8), on: loop)
                if let session = context.session(ids[1]) {
                    topic.deliver(to: session, on: loop)
                    #expect(topic.remove(session))
                }
                _ = topic.append(.text("3".utf8), on: loop)
                topic.deliver(on: loop)
                _ = topic.append(.text("4".utf8), on: loop)
                topic.deliver(on: loop)
            }
            let expected = [["1", "own", "2", "3", "4"], ["1", "2"], ["1", "2", "3", "4"], ["2", "3", "4"]]
            for (client, texts) in zip(clients, expected) {
                for text in texts { #expect(try await client.receive() == .text(text)) }
                try await tell(client, "nothing")
            }
        }
    }

    @Test("a rest ends by itself: what was said in it arrives")
    func restEnds() async throws {
        try await TestServer.runAlone(.init(), Self.commands) { server in
            let client = try await server.client()
            try await tell(client, "subscribe a")
            for number in 0..<200 {
                await server.onLoop(0) { context, loop in
                    context.topics.publish(.text("\(number)".utf8), to: "a", on: loop)
                    // As if the one before had taken so long.
                    let now = ContinuousClock.now
                    let pace = Topic.Pace()
                    pace.rest.delivered(from: now - .milliseconds(4), to: now, longest: .milliseconds(5))
                    context.topics.topics["a"]?.pace = pace
                }
                #expect(try await client.receive() == .text("\(number)"))
            }
        }
    }
}
