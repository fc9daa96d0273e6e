/// What the command line says.
struct EchoOptions {
    var host = "127.0.0.1"
    var port: UInt16 = 8080
    var maxMessage = 16 * 1024 * 1024
    var maxFragments = 131_072
    var compresses = false
    var wantsHelp = false

    static let help = """
        usage: EchoServer [options]

        A WebSocket server that sends every message back. It prints its address on one line, and ends on SIGTERM
        or Ctrl-C.

          --host HOST           the name or address to listen on (127.0.0.1)
          --port PORT           the port; 0 lets the system choose one (8080)
          --max-message BYTES   the longest message (16777216)
          --max-fragments N     the most fragments of one message (131072)
          --compression         negotiate permessage-deflate, and compress every answer (off)
          --help                these words
        """

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Mistake` for a flag that isn't known, has no value, or one that is no number or out of bounds.
    init(_ arguments: some Sequence<String>) throws(Mistake) {
        var rest = arguments.makeIterator()
        while let flag = rest.next() {
            switch flag {
            case "--host": host = try Self.value(of: flag, from: rest.next())
            case "--port": port = try Self.number(of: flag, from: rest.next(), in: 0...UInt16.max)
            case "--max-message": maxMessage = try Self.number(of: flag, from: rest.next(), in: 1...Int(Int32.max))
            case "--max-fragments": maxFragments = try Self.number(of: flag, from: rest.next(), in: 1...Int(Int32.max))
            case "--compression": compresses = true
            case "--help", "-h": wantsHelp = true
            default: throw Mistake(description: "\(flag) is not known; --help says what is")
            }
        }
    }

    private static func value(of flag: String, from argument: String?) throws(Mistake) -> String {
        guard let argument else { throw Mistake(description: "\(flag) needs a value") }
        return argument
    }

    private static func number<Number: FixedWidthInteger>(
        of flag: String, from argument: String?, in bounds: ClosedRange<Number>
    ) throws(Mistake) -> Number {
        let text = try value(of: flag, from: argument)
        guard let number = Number(text), bounds.contains(number) else {
            throw Mistake(
                description: "\(flag) needs a number from \(bounds.lowerBound) to \(bounds.upperBound), not \(text)")
        }
        return number
    }
}
