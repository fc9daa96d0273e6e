import Foundation
import TestSupport
import Testing
import Transport

@testable import RESP

struct GreetingTests {
    @Test("the user, the password and the database of the address are used on every connection")
    func authentication() async throws {
        let server = try await RedisServer(["--requirepass", "p@ss word"])
        try await withClient("redis://:p%40ss%20word@127.0.0.1:\(server.port)/3") { client async throws in
            _ = try await client.send(RedisCommand("ACL", "SETUSER", "b:b", "on", ">s/cret", "~*", "&*", "+@all"))
            try await client.set("where", to: "three")
            #expect(try await client.send(RedisCommand("ACL", "WHOAMI")).string == "default")
        }
        try await withClient("redis://b%3Ab:s%2Fcret@127.0.0.1:\(server.port)/3") { client async throws in
            #expect(try await client.send(RedisCommand("ACL", "WHOAMI")).string == "b:b")
            #expect(try await client.get("where") == Array("three".utf8))
        }
        try await withClient("redis://:p%40ss%20word@127.0.0.1:\(server.port)/4") { client async throws in
            #expect(try await client.get("where") == nil)
        }
    }

    @Test("a wrong password, or none, is named as what keeps the link down")
    func wrongPassword() async throws {
        let server = try await RedisServer(["--requirepass", "right"])
        for (credentials, words) in [(":wrong@", "WRONGPASS"), ("", "NOAUTH"), ("nobody:right@", "WRONGPASS")] {
            try await withClient("redis://\(credentials)127.0.0.1:\(server.port)") { client async throws in
                try await hasNoConnection(client, for: words)
                try await eventually("a command fails for it as well") {
                    let command = Task { try await client.send(RedisCommand("GET", "x"), timeout: .milliseconds(100)) }
                    return try await failure(of: command)?.description.contains(words) == true
                }
            }
        }
    }

    @Test("a database that doesn't exist is named as well")
    func wrongDatabase() async throws {
        try await withClient(try await RedisServer.shared.url + "/99") { client async throws in
            try await hasNoConnection(client, for: "DB index is out of range")
        }
    }

    @Test("handshake commands go to every connection, their answers are the connection's")
    func handshake() async throws {
        let name = uniqueName("client")
        let proxy = try await FaultProxy(to: try await RedisServer.shared.port)
        try await withClient(proxy.url) { configuration in
            configuration.scripts = [RedisScript("return 1")]
            configuration.handshake = [RedisCommand("CLIENT", "SETNAME", name), RedisCommand("CLIENT", "GETNAME")]
        } _: { client async throws in
            let first = try await client.connection(within: .seconds(10))
            #expect(first.handshakeReplies.compactMap(\.string) == ["OK", name])
            await proxy.cut()
            try await eventually("another connection") {
                try await client.connection(within: .seconds(10)).number > first.number
            }
            let second = try await client.connection(within: .seconds(10))
            #expect(second.handshakeReplies.compactMap(\.string) == ["OK", name])
        }
    }

    @Test("a server that never answers the greeting is given up, with that reason")
    func silentServer() async throws {
        let fake = try await FakeRedis()
        try await withClient(fake.url) { configuration in
            configuration.connectTimeout = .milliseconds(50)
            configuration.handshake = [RedisCommand("PING")]
        } _: { client async throws in
            try await fake.connections.wait("a second attempt") { $0.count >= 2 }
            let error = await #expect(throws: RedisError.self) {
                _ = try await client.connection(within: .milliseconds(20))
            }
            #expect(error?.description.contains("no answer to the greeting") == true)
        }
    }

    @Test("a server that takes connections and closes them is tried less and less often")
    func acceptAndClose() async throws {
        let fake = try await FakeRedis(greeting: nil)
        try await withClient(fake.url) { _ in
        } _: { _ in
            let times = try await fake.connections.wait("six attempts") { $0.count >= 6 }
            // 20 ms at first, doubled each time, half of it at least: 10 + 20 + 40 + 80 + 160.
            #expect(times[0].duration(to: times[5]) >= .milliseconds(300))
        }
    }

    @Test("a server without room for another client says so")
    func maximumClients() async throws {
        let fake = try await FakeRedis(greeting: "-ERR max number of clients reached\r\n") { _, connection, loop in
            connection.close(on: loop)
        }
        try await withClient(fake.url) { client async throws in
            let command = Task { try await client.send(RedisCommand("GET", "x"), timeout: .milliseconds(300)) }
            #expect(try await failure(of: command) == .notConnected("ERR max number of clients reached"))
        }
    }

    @Test("what isn't RESP ends the link with that reason, and the next one works")
    func garbage() async throws {
        let isFirst = Guarded(true)
        let fake = try await FakeRedis { chunk, connection, loop in
            let first = isFirst.withLock { first -> Bool in
                defer { first = false }
                return first
            }
            let count = String(decoding: chunk, as: UTF8.self).split(separator: "*").count
            let replies = first ? "HTTP/1.1 400 Bad Request\r\n\r\n" : String(repeating: "+PONG\r\n", count: count)
            connection.send(SharedBytes(replies.utf8), on: loop)
        }
        try await withClient(fake.url) { client in try await client.ping() }
        #expect(fake.connections.events.count == 2)
    }

    @Test("a Redis that is still loading its data is waited for")
    func loading() async throws {
        let server = try await RedisServer([
            "--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024",
        ])
        try await withClient(server.url) { client async throws in
            for batch in 0..<50 {
                let pairs = (0..<100).flatMap { ["key \(batch) \($0)", String(repeating: "x", count: 50)] }
                _ = try await client.send(RedisCommand("MSET", arguments: pairs))
            }
            _ = try await client.send(RedisCommand("SAVE"))
        }
        try await server.kill()
        // Five thousand keys, 200 µs each.
        try await server.start(waitingUntilReady: false)
        try await withClient(server.url) { client async throws in
            let refusal = await #expect(throws: RedisError.self) {
                _ = try await client.connection(within: .milliseconds(100))
            }
            #expect(refusal?.description.contains("LOADING") == true)
            #expect(try await client.send(RedisCommand("DBSIZE"), timeout: .seconds(20)).int64 == 5000)
        }
    }
}
