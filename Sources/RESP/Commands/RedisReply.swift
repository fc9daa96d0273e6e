extension RESPValue {
    /// The reply, unless it is an error: that is thrown.
    func checked() throws(RedisError) -> RESPValue {
        if let message = errorMessage { throw .reply(message) }
        return self
    }

    /// Whether a replica refused to write. Before Redis 7 a script's error has the command's own in its middle.
    var isReadOnlyError: Bool {
        guard case .error(let bytes) = self else { return false }
        let message = String(decoding: bytes, as: UTF8.self)
        return message.hasPrefix("READONLY") || message.hasPrefix("ERR Error running") && message.contains("-READONLY ")
    }

    func unexpected() -> RedisError { .unexpectedReply(String(description.prefix(200))) }

    func asInteger() throws(RedisError) -> Int {
        guard let number = try checked().int64 else { throw unexpected() }
        return Int(number)
    }

    func asBytes() throws(RedisError) -> [UInt8] {
        guard let bytes = try checked().bytes else { throw unexpected() }
        return Array(bytes)
    }

    func asOptionalBytes() throws(RedisError) -> [UInt8]? { isNull ? nil : try asBytes() }

    func asString() throws(RedisError) -> String {
        guard let string = try checked().string else { throw unexpected() }
        return string
    }

    func asArray() throws(RedisError) -> [RESPValue] {
        guard let elements = try checked().elements else { throw unexpected() }
        return elements
    }

    func asArrayOfBytes() throws(RedisError) -> [[UInt8]] {
        var all: [[UInt8]] = []
        for element in try asArray() { all.append(try element.asBytes()) }
        return all
    }
}
