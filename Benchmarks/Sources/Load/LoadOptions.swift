/// What the command line asks for: `Load --port 8080 --pid 77 --subscribers 1000 --window 16 --seconds 5`.
struct LoadOptions {
    var port: UInt16 = 8080
    var path = "/"
    /// The server's processes, whose CPU time and memory are read.
    var processes: [Int32] = []
    var subscribers = 1_000
    var publishers = 1
    /// Messages under way a publisher; ignored where there is a rate.
    var window = 1
    /// Messages a second in all; 0: as many as the window lets through.
    var rate = 0
    /// Bytes in a message.
    var size = 128
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
            guard let number = Int(value), number >= 0 else { throw Mistake("\(flag) needs a number, not \(value)") }
            switch flag {
            case "--port": port = UInt16(number)
            case "--subscribers": subscribers = number
            case "--publishers": publishers = number
            case "--window": window = number
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
