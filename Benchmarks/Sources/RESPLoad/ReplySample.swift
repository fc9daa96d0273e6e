/// The replies that are decoded. The C program makes the same bytes.
enum ReplySample: String {
    case ok
    case integer
    /// `*3`: message, channel, 200 bytes.
    case message
    /// An array of a hundred bulk strings of 200 bytes.
    case range

    /// One reply.
    var bytes: [UInt8] {
        let text = String(repeating: "x", count: 200)
        return switch self {
        case .ok: Array("+OK\r\n".utf8)
        case .integer: Array(":1234567\r\n".utf8)
        case .message: Array("*3\r\n$7\r\nmessage\r\n$12\r\nchannel:news\r\n$200\r\n\(text)\r\n".utf8)
        case .range: Array(("*100\r\n" + String(repeating: "$200\r\n\(text)\r\n", count: 100)).utf8)
        }
    }

    /// How many replies make the stream: some 2 MB of each.
    var count: Int { max(1, 2_000_000 / bytes.count) }
}
