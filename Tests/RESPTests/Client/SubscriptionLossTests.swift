import TestSupport
import Testing
import Transport

@testable import RESP

/// Every channel comes back, however the link is lost.
struct SubscriptionLossTests {
    private let channels = (0..<40).map { _ in uniqueName("channel") }

    /// Waits until every channel has its one subscriber again, and sends a message through each.
    private func allAreBack(_ reader: Reader, _ server: RedisServer) async throws {
        let before = reader.messages.events.count
        try await withClient(server.url) { observer async throws in
            try await eventually("every channel is subscribed to again") {
                let reply = try await observer.send(RedisCommand("PUBSUB", arguments: ["NUMSUB"] + channels))
                let counts = reply.elements?.enumerated().filter { $0.offset % 2 == 1 }.map { $0.element.int64 ?? 0 }
                return counts == Array(repeating: 1, count: channels.count)
            }
            for channel in channels { try await observer.publish("back", to: channel) }
        }
        let count = channels.count
        let all = try await reader.messages.wait("a message on every channel") { $0.count >= before + count }
        let new = all.dropFirst(before)
        #expect(new.map(\.channel) == channels)
        #expect(new.map(\.followsInterruption) == [true] + Array(repeating: false, count: count - 1))
    }

    /// A reader of all channels behind a proxy, confirmed.
    private func withReader(
        _ server: RedisServer, adjust: (inout RedisConfiguration) -> Void = { _ in },
        _ body: (Reader, FaultProxy) async throws -> Void
    ) async throws {
        let proxy = try await FaultProxy(to: server.port)
        try await withClient(proxy.url, adjust: adjust) { client async throws in
            let reader = Reader(await client.confirmedSubscription(to: channels))
            try await body(reader, proxy)
            reader.task.cancel()
        }
    }

    @Test("cut twice in a row, the second time before Redis has confirmed")
    func twiceInARow() async throws {
        let server = try await RedisServer.shared
        try await withReader(server) { reader, proxy in
            for _ in 0..<3 {
                for _ in 0..<2 {
                    let before = await proxy.connectionCount
                    await proxy.cut()
                    try await eventually("the next attempt") { await proxy.connectionCount > before + 1 }
                }
                try await allAreBack(reader, server)
            }
        }
    }

    @Test("cut while SUBSCRIBE is on its way, twice")
    func duringSubscribe() async throws {
        let server = try await RedisServer.shared
        let cuts = Guarded(0)
        try await withReader(server) { reader, proxy in
            await proxy.intercept { chunk, loop, cutter in
                guard String(decoding: chunk, as: UTF8.self).contains("SUBSCRIBE") else { return }
                let isDue = cuts.withLock { count -> Bool in
                    count += 1
                    return count <= 2
                }
                if isDue { cutter.cut(on: loop) }
            }
            await proxy.cut()
            try await allAreBack(reader, server)
            #expect(cuts.withLock { $0 } == 3)
        }
    }

    @Test("half-open: a link that brings nothing is given up by the heartbeat")
    func halfOpen() async throws {
        let server = try await RedisServer.shared
        try await withReader(server) { configuration in
            // Long enough for a link that is up to be heard in time on a busy machine: one that isn't is cut again and again.
            configuration.heartbeatInterval = .milliseconds(100)
            configuration.heartbeatTimeout = .milliseconds(1_500)
            configuration.connectTimeout = .milliseconds(1_500)
        } _: { reader, proxy in
            let before = await proxy.connectionCount
            await proxy.set(.swallow)
            try await eventually("the link is given up") { await proxy.connectionCount > before }
            await proxy.set(.pass)
            // The swallowed link's end never reached Redis: its old subscriptions have to go first.
            await proxy.cut()
            try await allAreBack(reader, server)
        }
    }

    @Test("Redis is killed, and comes back empty")
    func killed() async throws {
        let server = try await RedisServer()
        try await withReader(server) { reader, _ in
            try await server.kill()
            try await server.start()
            try await allAreBack(reader, server)
        }
    }

    @Test("a quiet link is kept alive by its heartbeat, not cut")
    func quiet() async throws {
        try await withReader(try await RedisServer.shared) { configuration in
            configuration.heartbeatInterval = .milliseconds(10)
            configuration.heartbeatTimeout = .seconds(5)
        } _: { reader, proxy in
            let (connections, chunks) = (await proxy.connectionCount, await proxy.received.count)
            try await eventually("twenty heartbeats") { await proxy.received.count >= chunks + 20 }
            #expect(await proxy.connectionCount == connections)
        }
    }

    @Test("subscribed to while there is no link, a channel is there as soon as there is one")
    func subscribedWithoutLink() async throws {
        let server = try await RedisServer.shared
        let proxy = try await FaultProxy(to: server.port)
        await proxy.set(.refuse)
        try await withClient(proxy.url) { client async throws in
            let reader = Reader(client.subscribe(to: channels))
            try await eventually("a few attempts") { await proxy.connectionCount >= 4 }
            await proxy.set(.pass)
            try await withClient(server.url) { observer async throws in
                try await eventually("a message came through") {
                    try await observer.publish("hello", to: channels[39])
                    return !reader.messages.events.isEmpty
                }
            }
            #expect(reader.messages.events.first?.followsInterruption == false)
            reader.task.cancel()
        }
    }

    private final class Closer: RedisSubscriberHandler {
        var subscriber: RedisSubscriber?
        let events = Recorder<String>()

        func subscriberConnected(_ greetingReplies: [RESPValue], on loop: isolated EventLoop) {
            events.record("connected")
        }
        func subscribed(to channel: String, on loop: isolated EventLoop) {
            events.record("subscribed")
            subscriber?.close(on: loop)
        }
        func received(_ payload: ArraySlice<UInt8>, from channel: String, on loop: isolated EventLoop) {
            events.record("received")
        }
        func subscriberDisconnected(_ reason: String, on loop: isolated EventLoop) { events.record("disconnected") }
    }

    @Test(
        "a subscriber closed from within its handler stays closed, whatever else was in the chunk",
        arguments: ["*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n", "garbage\r\n", "-ERR\r\n"])
    func closedWithinHandler(rest: String) async throws {
        let fake = try await FakeRedis { chunk, connection, loop in
            let text = String(decoding: chunk, as: UTF8.self)
            if text.contains("PING") { connection.send(SharedBytes("+PONG\r\n".utf8), on: loop) }
            guard text.contains("SUBSCRIBE") else { return }
            connection.send(SharedBytes(("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" + rest).utf8), on: loop)
        }
        let configuration = try RedisConfiguration(url: fake.url)
        let handler = LoopBound(Closer(), loop: TestLoops.next())
        let events = await handler.loop.run { loop in
            let closer = handler.open(on: loop)
            let subscriber = RedisSubscriber(configuration: configuration, handler: closer)
            closer.subscriber = subscriber
            subscriber.start(on: loop)
            subscriber.subscribe(to: "c", on: loop)
            return closer.events
        }
        try await events.wait("confirmed") { $0.contains("subscribed") }
        // Nothing tells that nothing happens: the time in which a reconnect would have come, many times over.
        try await Task.sleep(for: .milliseconds(150))
        #expect(events.events == ["connected", "subscribed"])
        #expect(fake.connections.events.count == 1)
    }
}
