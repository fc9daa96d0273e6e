import RESP
import TestSupport
import Testing
import Transport

@testable import ChatServer
@testable import Rooms

/// Looks into Redis, and does there what no server of ours would.
final class RedisProbe: Sendable {
    private let client: RedisClient

    init(_ url: String) throws { client = RedisClient(try RedisConfiguration(url: url), on: TestLoops.next()) }

    @discardableResult
    func run(_ words: any RedisArgument...) async throws -> RESPValue { try await command(words) }

    func integer(_ words: any RedisArgument...) async throws -> Int {
        guard let number = try await command(words).int64 else { throw TestFailure("\(words) gave no number") }
        return Int(number)
    }

    func command(_ words: [any RedisArgument]) async throws -> RESPValue {
        guard let name = words.first as? String else { throw TestFailure("a command begins with its name") }
        return try await client.send(RedisCommand(name, arguments: Array(words.dropFirst())))
    }

    func close() async { await client.close() }
}
