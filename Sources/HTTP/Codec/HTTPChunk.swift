/// What stands around the bytes of a chunk: RFC 9112 §7.1.
enum HTTPChunk {
    /// Behind the bytes of each.
    static let end = Array("\r\n".utf8)
    /// The chunk of no bytes that ends a body, with an empty trailer.
    static let last = Array("0\r\n\r\n".utf8)

    /// Before its bytes.
    ///
    /// - Parameter count: how many bytes it has; at least one, since none would end the body.
    static func start(_ count: Int) -> [UInt8] { Array((String(count, radix: 16) + "\r\n").utf8) }
}
