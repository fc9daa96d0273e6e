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
    /// Only where a script is among the commands: what was added to run it.
    private var scripts: ScriptFraming?
    /// How many commands have been added since a MULTI whose EXEC hasn't been; nil outside of a transaction.
    private var queuedCount: Int?

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
        appended(name)
    }

    /// Adds a command. A script is loaded right before it runs, within the same transaction, so that Redis knows it
    /// whatever happens: NOSCRIPT would come too late, for what stands behind would have been carried out.
    public mutating func append(_ command: RedisCommand) {
        if let script = command.script { return append(command, running: script) }
        command.encode(to: &bytes)
        appended(command.controlName)
    }

    private mutating func appended(_ name: String) {
        count += 1
        scripts?.plain()
        if let queued = queuedCount { queuedCount = queued + 1 }
        // Most names are told apart by their length and their first letter, in small or in capitals.
        switch (name.utf8.count, (name.utf8.first ?? 0) & 0xDF) {
        case (5, UInt8(ascii: "M")), (4, UInt8(ascii: "E")), (7, UInt8(ascii: "D")), (6, UInt8(ascii: "S")):
            follow(name.uppercased())
        default: break
        }
    }

    private mutating func follow(_ name: String) {
        switch name {
        case "MULTI" where queuedCount == nil:
            queuedCount = 0
            scripts?.transactionBegins()
        case "EXEC" where queuedCount != nil:
            queuedCount = nil
            scripts?.transactionEnds()
        case "DISCARD": queuedCount = nil
        // SCRIPT FLUSH, for one.
        case "SCRIPT": scripts?.forget()
        default: break
        }
    }

    private mutating func append(_ command: RedisCommand, running script: RedisScript) {
        var scripts = scripts ?? ScriptFraming(plainCount: count)
        if let queued = queuedCount {
            let isLoaded = !scripts.mustLoad(script)
            if !isLoaded { script.loadCommand.encode(to: &bytes) }
            command.encode(to: &bytes)
            scripts.queued(at: queued, isLoaded: isLoaded)
            queuedCount = queued + (isLoaded ? 1 : 2)
        } else {
            RedisCommand("MULTI").encode(to: &bytes)
            script.loadCommand.encode(to: &bytes)
            command.encode(to: &bytes)
            RedisCommand("EXEC").encode(to: &bytes)
            scripts.framed()
        }
        self.scripts = scripts
        count += 1
    }

    /// How many replies come for it.
    var replyCount: Int { scripts?.replyCount ?? count }

    /// The replies of its own commands, one each, from those that came.
    func replies(from all: [RESPValue]) -> [RESPValue] { scripts?.replies(from: all) ?? all }
}

extension RedisBatch: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many commands there are: their arguments may be a password.
    public var description: String { "\(count) commands" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
