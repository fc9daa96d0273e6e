/// A command, encoded once when it is made.
public struct RedisCommand: Sendable {
    /// Its arguments as bulk strings, the name included; for a script, all that follows the digest.
    private var arguments: [UInt8] = []
    private var argumentCount = 0
    /// What EVALSHA runs, if that is the command.
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
    /// How many arguments stand behind the name, or behind the digest and the number of keys.
    fileprivate var shownArgumentCount: Int { argumentCount - 1 }

    /// Appends the command as it goes over the wire. That Redis knows its script is the sender's care.
    func encode(to output: inout [UInt8]) {
        RESPEncoder.appendArrayHeader(count: argumentCount + (script == nil ? 0 : 2), to: &output)
        if let script {
            "EVALSHA".appendBulkString(to: &output)
            script.digest.appendBulkString(to: &output)
        }
        output.append(contentsOf: arguments)
    }

    /// The name, where by its length and first letter it may be MULTI, EXEC, DISCARD or SCRIPT; else nothing.
    var controlName: String {
        guard arguments.count > 4, arguments[2] == UInt8(ascii: "\r") else { return "" }
        switch (arguments[1], arguments[4] & 0xDF) {
        case (UInt8(ascii: "5"), UInt8(ascii: "M")), (UInt8(ascii: "4"), UInt8(ascii: "E")),
            (UInt8(ascii: "7"), UInt8(ascii: "D")), (UInt8(ascii: "6"), UInt8(ascii: "S")):
            return name ?? ""
        default: return ""
        }
    }

    /// The name as it was given, in capitals; nil for a script.
    var name: String? {
        guard script == nil, let start = arguments.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        return String(decoding: arguments[(start + 1)...].prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            .uppercased()
    }
}

extension RedisCommand: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Its name and how many arguments it has: they may be a password.
    public var description: String { "\(name ?? "EVALSHA") and \(shownArgumentCount) more" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
