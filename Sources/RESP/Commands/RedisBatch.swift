/// Commands that go out together, by `RedisClient.pipeline`: encoded one behind the other as they are added.
///
/// ```swift
/// var batch = RedisBatch()
/// for key in keys { batch.append("GET", key) }
/// let replies = try await redis.pipeline(batch)
/// ```
public struct RedisBatch: Sendable {
    /// The commands as they go over the wire.
    private(set) var bytes: [UInt8] = []
    /// How many commands there are.
    public private(set) var count = 0

    public init() {}

    public init(_ commands: [RedisCommand]) {
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.byteCount })
        for command in commands { append(command) }
    }

    /// Adds any command by its name and arguments, as <https://redis.io/commands> lists them.
    public mutating func append<each Argument: RedisArgument>(_ name: String, _ arguments: repeat each Argument) {
        var wordCount = 1
        for _ in repeat each arguments { wordCount += 1 }
        RESPEncoder.appendArrayHeader(count: wordCount, to: &bytes)
        name.appendBulkString(to: &bytes)
        repeat (each arguments).appendBulkString(to: &bytes)
        count += 1
    }

    /// Adds a command; a script goes as its whole source.
    public mutating func append(_ command: RedisCommand) {
        command.encode(digest: nil, to: &bytes)
        count += 1
    }
}
