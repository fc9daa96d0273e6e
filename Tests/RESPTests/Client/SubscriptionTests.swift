import TestSupport
import Testing
import Transport

@testable import RESP

struct SubscriptionTests {
    @Test("messages of several channels come in their order, each under its channel's name")
    func order() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let (one, two) = (uniqueName("one"), uniqueName("two"))
            let messages = await client.confirmedSubscription(to: one, two)
            for number in 0..<500 {
                #expect(try await client.publish(number, to: number.isMultiple(of: 2) ? one : two) == 1)
            }
            var received: [RedisMessage] = []
            for try await message in messages {
                received.append(message)
                if received.count == 500 { break }
            }
            #expect(received.map(\.text) == (0..<500).map { "\($0)" })
            #expect(received.enumerated().allSatisfy { $1.channel == ($0.isMultiple(of: 2) ? one : two) })
            #expect(received.allSatisfy { !$0.followsInterruption })
        }
    }

    @Test("payloads of any bytes come as they were sent")
    func binary() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let channel = uniqueName()
            let messages = await client.confirmedSubscription(to: channel)
            let payloads: [[UInt8]] = [
                [], Array(0...255), Array("\r\n+PONG\r\n".utf8), Array(repeating: 7, count: 200_000),
            ]
            for payload in payloads { try await client.publish(payload, to: channel) }
            var received: [[UInt8]] = []
            for try await message in messages {
                received.append(message.payload)
                if received.count == payloads.count { break }
            }
            #expect(received == payloads)
        }
    }

    @Test("two readers of one channel both get every message, and one may leave")
    func twoReaders() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let channel = uniqueName()
            let stayer = Reader(await client.confirmedSubscription(to: channel))
            let leaver = Reader(await client.confirmedSubscription(to: channel))
            try await client.publish("first", to: channel)
            try await leaver.messages.wait("the first") { $0.map(\.text) == ["first"] }
            leaver.task.cancel()
            try await within(.seconds(10), "the leaver ends") { try await leaver.task.value }
            try await client.publish("second", to: channel)
            try await stayer.messages.wait("both") { $0.map(\.text) == ["first", "second"] }
        }
    }

    @Test("the end of the loop ends the subscription in Redis")
    func loopEnds() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let channel = uniqueName()
            func subscribers() async throws -> Int64? {
                try await client.send(RedisCommand("PUBSUB", "NUMSUB", channel)).elements?.last?.int64
            }
            let reader = Task {
                for try await message in client.subscribe(to: channel) where message.text == "stop" { break }
            }
            try await eventually("subscribed") { try await subscribers() == 1 }
            try await client.publish("go on", to: channel)
            try await client.publish("stop", to: channel)
            try await within(.seconds(10), "the loop ends") { try await reader.value }
            try await eventually("unsubscribed") { try await subscribers() == 0 }
        }
    }

    @Test("a cancelled reader ends, and so does its subscription")
    func cancelled() async throws {
        try await withClient(try await RedisServer.shared.url) { client async throws in
            let channel = uniqueName()
            let messages = await client.confirmedSubscription(to: channel)
            let reader = Task {
                for try await _ in messages {}
            }
            reader.cancel()
            try await within(.seconds(10), "the reader ends") { try await reader.value }
            try await eventually("unsubscribed") {
                try await client.send(RedisCommand("PUBSUB", "NUMSUB", channel)).elements?.last?.int64 == 0
            }
        }
    }

    @Test("a reader that falls too far behind gets what was kept, then the reason")
    func overflow() async throws {
        try await withClient(try await RedisServer.shared.url) {
            $0.subscriptionBuffer = 5
        } _: { client in
            let channel = uniqueName()
            let slow = await client.confirmedSubscription(to: channel)
            for number in 0..<20 { try await client.publish(number, to: channel) }
            try await eventually("cut off") {
                try await client.send(RedisCommand("PUBSUB", "NUMSUB", channel)).elements?.last?.int64 == 0
            }
            var texts: [String] = []
            let error = await #expect(throws: RedisError.self) {
                for try await message in slow { texts.append(message.text) }
            }
            #expect(error == .subscriptionOverflow(limit: 5))
            #expect(texts == ["0", "1", "2", "3", "4"])
        }
    }

    @Test("closing the client ends every subscription, later ones too")
    func close() async throws {
        let server = try await RedisServer.shared
        try await withClient(server.url) { client async throws in
            let reader = Task {
                for try await _ in client.subscribe(to: uniqueName()) {}
            }
            let confirmed = await client.confirmedSubscription(to: uniqueName())
            await client.close()
            try await within(.seconds(10), "the readers end") {
                try await reader.value
                for try await _ in confirmed {}
            }
            try await within(.seconds(10), "a late reader ends") {
                for try await _ in client.subscribe(to: uniqueName()) {}
                for try await _ in await client.confirmedSubscription(to: uniqueName()) {}
            }
        }
    }
}

/// Writes down what a subscription brings.
final class Reader: Sendable {
    let messages: Recorder<RedisMessage>
    let task: Task<Void, any Error>

    init(_ subscription: RedisSubscription) {
        let messages = Recorder<RedisMessage>()
        self.messages = messages
        task = Task {
            for try await message in subscription { messages.record(message) }
        }
    }
}
