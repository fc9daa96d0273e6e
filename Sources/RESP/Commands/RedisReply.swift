extension RESPValue {
    /// The reply, unless it is an error: that is thrown.
    func checked() throws(RedisError) -> RESPValue {
        if let message = errorMessage { throw .reply(message) }
        return self
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
