/// What the command line asks for: `RESPLoad --way pipeline --port 6379 --command SET --depth 64 --ms 1000`, or
/// `RESPLoad --decode ok`.
struct RESPLoadOptions {
    enum Work {
        case commands(CommandLoad.Way)
        case decoding(ReplySample)
    }

    private(set) var work = Work.commands(.pipeline)
    private(set) var port: UInt16 = 6379
    private(set) var command = LoadCommand.set
    /// Commands in flight.
    private(set) var depth = 1
    private(set) var time: Duration = .milliseconds(1000)

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Mistake("\(flag) needs a value") }
            guard try set(flag, to: value) else { throw Mistake("\(flag) \(value) is not known") }
        }
    }

    /// False for a value that the flag doesn't take.
    private mutating func set(_ flag: String, to value: String) throws -> Bool {
        switch flag {
        case "--way":
            guard let way = CommandLoad.Way(rawValue: value) else { return false }
            work = .commands(way)
        case "--decode":
            guard let kind = ReplySample(rawValue: value) else { return false }
            work = .decoding(kind)
        case "--command":
            guard let known = LoadCommand(rawValue: value) else { return false }
            command = known
        case "--port":
            guard let number = UInt16(value) else { return false }
            port = number
        case "--depth":
            guard let number = Int(value), number > 0 else { return false }
            depth = number
        case "--ms":
            guard let number = Int(value), number > 0 else { return false }
            time = .milliseconds(number)
        default: throw Mistake("\(flag) is not known")
        }
        return true
    }

    struct Mistake: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
