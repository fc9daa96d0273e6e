/// What the command line asks for: `Load --port 8080 --pid 77 --subscribers 1000 --window 16 --ms 5000`.
struct LoadOptions {
    /// Subscribers take these in turn.
    var ports: [UInt16] = [8080]
    /// Where the publishers are; 0: among the subscribers.
    var publisherPort: UInt16 = 0
    /// Where what is published goes to the channel `bench` instead; 0: nowhere.
    var redisPort: UInt16 = 0
    var path = "/"
    /// What a message looks like on the wire.
    var dialect = Dialect.bare
    /// In the chat dialect: how many rooms the subscribers take in turn.
    var rooms = 1
    /// The server's processes, whose CPU time and memory are read.
    var processes: [Int32] = []
    /// The Redis behind it, whose CPU time is read apart; none: empty.
    var redisProcesses: [Int32] = []
    var subscribers = 1_000
    var publishers = 1
    /// Messages under way a publisher; ignored where there is a rate.
    var window = 1
    /// Messages under way in all, which the publishers send in turn; 0: each publisher has its own window.
    var inFlight = 0
    /// Messages a second in all; 0: as many as the window lets through.
    var rate = 0
    /// Bytes in a message.
    var size = 128
    /// Whether a line is printed once it measures.
    var announces = false
    var warmUp: Duration = .milliseconds(1_000)
    var seconds: Duration = .seconds(5)

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Mistake("\(flag) needs a value") }
            if flag == "--path" {
                path = value
                continue
            }
            if flag == "--pid" {
                processes = value.split(separator: ",").compactMap { Int32($0) }
                continue
            }
            if flag == "--redis-pid" {
                redisProcesses = value.split(separator: ",").compactMap { Int32($0) }
                continue
            }
            if flag == "--port" {
                ports = value.split(separator: ",").compactMap { UInt16($0) }
                if ports.isEmpty { throw Mistake("--port needs numbers, not \(value)") }
                continue
            }
            if flag == "--dialect" {
                guard let known = Dialect(rawValue: value) else { throw Mistake("--dialect is bare or chat") }
                dialect = known
                continue
            }
            guard let number = Int(value), number >= 0 else { throw Mistake("\(flag) needs a number, not \(value)") }
            switch flag {
            case "--publisher-port": publisherPort = UInt16(number)
            case "--redis-port": redisPort = UInt16(number)
            case "--rooms": rooms = max(1, number)
            case "--subscribers": subscribers = number
            case "--publishers": publishers = number
            case "--window": window = number
            case "--in-flight": inFlight = number
            case "--announce": announces = number > 0
            case "--rate": rate = number
            case "--size": size = max(LoadMessage.headSize, number)
            case "--warm-up-ms": warmUp = .milliseconds(number)
            case "--ms": seconds = .milliseconds(number)
            default: throw Mistake("\(flag) is not known")
            }
        }
    }

    struct Mistake: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
