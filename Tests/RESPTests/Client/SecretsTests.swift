import TestSupport
import Testing
import Transport

@testable import RESP

struct SecretsTests {
    private let password = "s3cret"

    private func texts(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(describing: value), String(reflecting: value), dumped]
    }

    @Test("nothing that holds a password shows it, whatever is printed of it")
    func holders() throws {
        let configuration = try RedisConfiguration(url: "redis://bob:\(password)@host:7000/2")
        let login = RedisCommand("AUTH", "bob", password)
        let client = RedisClient(configuration, on: TestLoops.next())
        let holders: [Any] = [
            configuration, Optional(configuration) as Any, [configuration], ["key": configuration],
            (configuration, 1), configuration.greeting, login, RedisBatch([login]), CommandRequest.single(login),
            CommandRequest.pipeline(RedisBatch([login])), CommandSession(configuration: configuration), client,
        ]
        // As the numbers of its bytes, too.
        let numbers = Array(password.utf8).map { "\($0)" }.joined(separator: ", ")
        for holder in holders {
            for text in texts(of: holder) {
                #expect(!text.contains(password) && !text.contains(numbers), "\(type(of: holder))")
            }
        }
        #expect("\(configuration)" == "host:7000/2" && "\(login)" == "AUTH and 2 more")
        Task { await client.close() }
    }

    @Test("a Redis that knows no AUTH repeats what was said to it; that is told without the password")
    func repeated() async throws {
        let server = try await FakeRedis { bytes, connection, loop in
            let words = "-ERR unknown command 'AUTH', with args beginning with: 's3cret' \r\n"
            connection.send(SharedBytes(words.utf8), on: loop)
        }
        try await withClient("redis://:s3cret@127.0.0.1:\(server.port)") { client async throws in
            try await hasNoConnection(client, for: "unknown command 'AUTH', with args beginning with: '…'")
        }
    }
}
