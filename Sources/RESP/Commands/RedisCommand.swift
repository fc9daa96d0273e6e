/// A command, encoded once when it is made.
public struct RedisCommand: Sendable {
    /// Its arguments as bulk strings, the name included; for a script, all that follows the digest.
    private var arguments: [UInt8] = []
    private var argumentCount = 0
    /// A script runs by its digest, which the connection learns when it loads the script.
    let script: RedisScript?

    /// Any command by its name and arguments, as <https://redis.io/commands> lists them.
    public init<each Argument: RedisArgument>(_ name: String, _ arguments: repeat each Argument) {
        self.init(script: nil)
        append(name)
        repeat append(each arguments)
    }

    public init(_ name: String, arguments: [any RedisArgument]) {
        self.init(script: nil)
        append(name)
        for argument in arguments { append(argument) }
    }

    /// A run of `script`. All keys it touches must be among `keys`.
    public init(_ script: RedisScript, keys: [String], arguments: [any RedisArgument] = []) {
        self.init(script: script)
        append(keys.count)
        for key in keys { append(key) }
        for argument in arguments { append(argument) }
    }

    private init(script: RedisScript?) {
        self.script = script
        // Enough for most commands.
        arguments.reserveCapacity(96)
    }

    /// Adds one more argument at the end.
    public mutating func append(_ argument: some RedisArgument) {
        argument.appendBulkString(to: &arguments)
        argumentCount += 1
    }

    var byteCount: Int { arguments.count + 64 }

    /// Appends the command as it goes over the wire. A script whose digest isn't known goes as its source.
    func encode(digest: String?, to output: inout [UInt8]) {
        RESPEncoder.appendArrayHeader(count: argumentCount + (script == nil ? 0 : 2), to: &output)
        if let script {
            (digest == nil ? "EVAL" : "EVALSHA").appendBulkString(to: &output)
            (digest ?? script.source).appendBulkString(to: &output)
        }
        output.append(contentsOf: arguments)
    }
}

/// A Lua script that runs inside Redis. <https://redis.io/docs/latest/develop/programmability/eval-intro/>
public struct RedisScript: Hashable, Sendable {
    public let source: String
    public init(_ source: String) { self.source = source }
}
